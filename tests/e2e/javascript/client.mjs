// Drives a daemon with @ctrl/transmission. Arguments: its port, a .torrent file, the folder of its
// content, and another folder. Exits with 1, and says what, when an answer is not as it should be.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Transmission } from '@ctrl/transmission';

const [port, file, content, elsewhere] = process.argv.slice(2);
const client = new Transmission({ baseUrl: `http://127.0.0.1:${port}/`, username: 'nobody', password: 'asks' });

/** Until it is so. */
async function until(what, condition) {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `no ${what}`);
    await new Promise(done => setTimeout(done, 50));
  }
}

const session = await client.getSession();
assert.equal(session.result, 'success');
assert.match(session.arguments.version, /^4\.\d+\.\d+ \([0-9a-f]+\)$/);
assert.equal((await client.setSession({ 'speed-limit-down': 321, 'speed-limit-down-enabled': true })).result, 'success');
assert.equal((await client.getSession()).arguments['speed-limit-down'], 321);
assert.ok((await client.freeSpace(content)).arguments['size-bytes'] > 0);

const added = await client.addTorrent(readFileSync(file), { 'download-dir': content, paused: true });
const hash = added.arguments['torrent-added'].hashString;
assert.equal((await client.addTorrent(readFileSync(file))).arguments['torrent-duplicate'].hashString, hash);
const magnet = await client.addMagnet('magnet:?xt=urn:btih:' + 'ab'.repeat(20));
assert.equal(magnet.arguments['torrent-added'].hashString, 'ab'.repeat(20));
await client.removeTorrent('ab'.repeat(20), false);

const all = await client.getAllData();
assert.equal(all.torrents.length, 1);
assert.equal(all.torrents[0].state, 'paused');
await until('whole torrent', async () => (await client.getTorrent(hash)).progress === 1);
await client.resumeTorrent(hash);
await until('seed', async () => (await client.getTorrent(hash)).state === 'seeding');
await client.reannounceTorrent(hash);
await client.pauseTorrent(hash);
await until('pause', async () => (await client.getTorrent(hash)).state === 'paused');
await client.verifyTorrent(hash);
await until('end of the check', async () => (await client.getTorrent(hash)).state === 'paused');

await client.setTorrent(hash, { labels: ['one', 'two'], downloadLimit: 55, downloadLimited: true });
const listed = (await client.listTorrents(hash, ['labels'])).arguments.torrents[0];
assert.deepEqual(listed.labels, ['one', 'two']);
assert.equal(listed.downloadLimit, 55);
for (const move of ['queueTop', 'queueUp', 'queueDown', 'queueBottom'])
  assert.equal((await client[move](hash)).result, 'success');
const root = listed.name;
assert.equal((await client.renamePath(hash, { path: root, name: 'renamed.bin' })).result, 'success');
await until('new name', async () => (await client.getTorrent(hash)).name === 'renamed.bin');
await client.moveTorrent(hash, elsewhere);
await until('move', async () => (await client.getTorrent(hash)).savePath === elsewhere);
await client.removeTorrent(hash, true);
await until('removal', async () => (await client.getAllData()).torrents.length === 0);

const normalized = await client.normalizedAddTorrent(readFileSync(file), { startPaused: true, label: 'last' });
assert.equal(normalized.label, 'last');
assert.equal(normalized.state, 'paused');
