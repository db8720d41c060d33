#!/usr/bin/python3
"""Transmission's web page, served by seedd through rpc_web_dir and used in headless Chromium: adding by
file and by magnet, pausing, the inspector's tabs, preferences, removing.

--web FOLDER: the files of another version than Debian's. --shots FOLDER: a picture after each cell.
--daemon COMMAND: a transmission-daemon that serves its own page, to see the script itself at work.
"""

import argparse
import json
import os
import sys
import time

import setting
from interop.processes import Process, folder, free_port, have, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd
from interop.torrents import multi_file, single_file

try:
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    webdriver = None

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--window-size=1200,900"]
MAGNET = "magnet:?xt=urn:btih:" + "ab" * 20 + "&dn=by%20magnet"

# Where things are in the page of 3.00 and in that of 4.1.
PAGES = {
    3: {"open": "#toolbar-open", "file": "#torrent_upload_file", "url": "#torrent_upload_url",
        "folder": "#add-dialog-folder-input", "add": "#upload_confirm_button",
        "row": "#torrent_list li.torrent", "name": ".torrent_name", "state": ".torrent_peer_details",
        "pause": "#toolbar-pause", "start": "#toolbar-start", "inspector": "#toolbar-inspector",
        "tabs": {"info": ("#inspector-tab-info", "#inspector-page-info"),
                 "peers": ("#inspector-tab-peers", "#inspector-page-peers"),
                 "trackers": ("#inspector-tab-trackers", "#inspector-page-trackers"),
                 "files": ("#inspector-tab-files", "#inspector-page-files")},
        "preferences": ["#prefs-button"], "download_dir": "#download-dir",
        "speed_tab": "#prefs-tab-speed", "limit": "#speed-limit-down-enabled", "close": ".ui-dialog-titlebar-close",
        "turtle": "#turtle-button", "remove": "#toolbar-remove", "confirm": "#dialog_confirm_button"},
    4: {"open": "#toolbar-open", "file": ".open-torrent input[type=file]",
        "url": ".open-torrent input[type=url]", "folder": "#add-dialog-folder-input",
        "add": ".open-torrent .dialog-buttons button:last-of-type",
        "row": "#torrent-list li.torrent", "name": ".torrent-name", "state": ".torrent-peer-details",
        "pause": "#toolbar-pause", "start": "#toolbar-start", "inspector": "#toolbar-inspector",
        "tabs": {tab: (f"#inspector-tab-{name}", "#inspector .tabs-page:not(.hidden)") for tab, name in
                 {"info": "info", "peers": "peers", "trackers": "tiers", "files": "files"}.items()},
        "preferences": ["#toolbar-overflow", "[data-action=show-preferences-dialog]"],
        "download_dir": "[data-key=download_dir], [data-key=download-dir]", "speed_tab": "#prefs-tab-speed",
        "limit": "[data-key=speed_limit_down_enabled], [data-key=speed-limit-down-enabled]",
        "close": "#prefs-dialog .tabs-container-close", "turtle": "#turtle, #alt-speed-check",
        "menu": "#toolbar-overflow", "remove": "#toolbar-delete, #toolbar-remove",
        "confirm": ".remove-dialog .dialog-buttons button:last-of-type"},
}


class Transmission:
    """The real one, with the face that is needed of Seedd."""

    def __init__(self, home, command):
        self.home, self.command, self.rpc_port = home, command, free_port()
        self.download_dir = os.path.join(home, "downloads")
        with open(os.path.join(home, "settings.json"), "w") as out:
            json.dump({"rpc-port": self.rpc_port, "rpc-bind-address": "127.0.0.1", "peer-port": free_port(),
                       "dht-enabled": False, "lpd-enabled": False, "port-forwarding-enabled": False,
                       "bind-address-ipv4": "127.0.0.1", "download-dir": self.download_dir}, out)

    def start(self):
        self.process = Process("transmission", [self.command, "-f", "-g", self.home], cwd=self.home)
        time.sleep(2)
        return self

    def stop(self):
        return self.process.stop(10)

    def rpc(self, method, **params):
        from interop.clients import Transmission as client  # pylint: disable=import-outside-toplevel
        asking = client.__new__(client)
        asking.rpc_port, asking._session = self.rpc_port, ""
        said = asking.rpc(method.replace("_", "-"), **{"ids" if k == "ids" else k.replace("_", "-"): v
                                                       for k, v in params.items()})
        return {key.replace("-", "_"): value for key, value in said.items()}


class Page:
    def __init__(self, options):
        self.home, self.shots, self.count = folder("web-page"), options.shots, 0
        content = os.path.join(self.home, "content")
        self.single = single_file(content, name="single.bin", size=70_000, piece_bytes=16384,
                                  trackers=["http://127.0.0.1:1/announce"])
        self.several = multi_file(content, name="several", piece_bytes=16384,
                                  files=[("a.txt", 20_000), ("sub/c.bin", 50_000)])
        self.content = content
        if options.daemon:
            self.daemon = Transmission(folder("web-daemon"), options.daemon)
        else:
            self.daemon = Seedd(self.home, rpc_web_dir=options.web, dht_enabled=False, lpd_enabled=False,
                                port_forwarding_enabled=False)
        self.at = PAGES[3 if os.path.isdir(os.path.join(options.web, "javascript")) else 4]
        self.driver = None

    # --- the browser -----------------------------------------------------------------------------

    def open(self):
        self.daemon.start()
        flags = webdriver.ChromeOptions()
        for flag in FLAGS + [f"--user-data-dir={folder('chromium')}"]:
            flags.add_argument(flag)
        flags.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=flags)
        self.driver.set_page_load_timeout(60)
        self.driver.get(f"http://127.0.0.1:{self.daemon.rpc_port}/")
        check(self.driver.current_url.endswith("/transmission/web/"), self.driver.current_url)
        self.find(self.at["open"])
        check("Transmission" in self.driver.title, self.driver.title)

    def find(self, selector, seconds=40):
        """The first that can be seen."""
        def seen():
            for one in self.driver.find_elements(By.CSS_SELECTOR, selector):
                if one.is_displayed():
                    return one
            return None
        return wait_for(lambda: self.quietly(seen), seconds, f"{selector} on the page")

    def quietly(self, look):
        """The page draws itself anew at any time."""
        try:
            return look()
        except WebDriverException:
            return None

    def click(self, selector):
        def clicked():
            self.find(selector).click()
            return True
        wait_for(lambda: self.quietly(clicked), 40, f"a click on {selector}")

    def text_of(self, selector):
        return self.quietly(lambda: self.find(selector).text) or ""

    def alert(self):
        """What a box of the browser says, once there is one; it is closed."""
        box = wait_for(lambda: self.quietly(lambda: self.driver.switch_to.alert), 40, "a box that says what went wrong")
        said = box.text
        box.accept()
        return said

    def picture(self):
        if self.shots:
            self.count += 1
            self.driver.save_screenshot(os.path.join(self.shots, f"{self.count:02}.png"))

    # --- what the daemon says --------------------------------------------------------------------

    def torrents(self, *fields):
        return self.daemon.rpc("torrent_get", fields=list(fields))["torrents"]

    def setting(self, name):
        return self.daemon.rpc("session_get")[name]

    # --- the cells -------------------------------------------------------------------------------

    def fill_in(self, path="", url=""):
        self.click(self.at["open"])
        where = self.find(self.at["folder"])
        wait_for(lambda: where.get_attribute("value"), 40, "the download folder in the dialog")
        where.clear()
        where.send_keys(self.content)
        if path:
            self.driver.find_element(By.CSS_SELECTOR, self.at["file"]).send_keys(path)
        if url:
            self.find(self.at["url"]).send_keys(url)
        self.click(self.at["add"])

    def add_by_file(self):
        self.fill_in(path=self.single.path)
        wait_for(lambda: [t["name"] for t in self.torrents("name")] == ["single.bin"], 40, "the torrent")
        wait_for(lambda: "single.bin" in self.text_of(self.at["row"]), 40, "its row")
        wait_for(lambda: self.torrents("status")[0]["status"] == 6, 40, "its data to be found")

    def add_by_magnet(self):
        self.fill_in(url=MAGNET)
        wait_for(lambda: len(self.torrents("name")) == 2, 40, "the magnet")
        wait_for(lambda: "by magnet" in self.everything(self.at["row"]), 40, "its row")

    def add_another(self):
        """The page goes on working."""
        before = len(self.torrents("id"))
        self.fill_in(path=self.several.path)
        wait_for(lambda: len(self.torrents("id")) == before + 1, 40, "the second torrent")
        wait_for(lambda: "several" in self.everything(self.at["row"]), 40, "its row")

    def select(self, name):
        def done():
            for one in self.driver.find_elements(By.CSS_SELECTOR, self.at["row"]):
                if name in one.text:
                    one.find_element(By.CSS_SELECTOR, self.at["name"]).click()
                    return True
            return False
        wait_for(lambda: self.quietly(done), 40, f"a click on the row of {name}")

    def status_of(self, name):
        return next(t["status"] for t in self.torrents("name", "status") if t["name"] == name)

    def pause(self):
        self.select("several")
        self.click(self.at["pause"])
        wait_for(lambda: self.status_of("several") == 0, 40, "the torrent to pause")
        wait_for(lambda: "Paused" in self.everything(self.at["row"]), 40, "a row that says so")
        self.click(self.at["start"])
        wait_for(lambda: self.status_of("several") == 6, 40, "the torrent to go on")

    def inspect(self):
        self.select("single.bin")
        self.click(self.at["inspector"])
        wanted = {"info": ["single.bin", self.single.info_hash, self.content], "peers": [],
                  "trackers": ["127.0.0.1:1"], "files": ["single.bin"]}
        for tab, (button, page) in self.at["tabs"].items():
            self.click(button)
            self.find("#torrent_inspector, #inspector")
            for word in wanted[tab]:
                wait_for(lambda p=page, w=word: w.lower() in self.everything(p).lower(), 15,
                         f"{word} in the tab {tab}")
            self.picture()
        self.click(self.at["inspector"])

    def everything(self, selector):
        """The text of it, and what its fields hold."""
        return self.quietly(lambda: self.driver.execute_script(
            "const all = document.querySelectorAll(arguments[0] + ', #inspector_header');"
            "return [...all].map(e => e.textContent + [...e.querySelectorAll('*')].map("
            "i => (i.value || '') + (i.title || '')).join(' ')).join(' ')", selector)) or ""

    def preferences(self):
        for selector in self.at["preferences"]:
            self.click(selector)
        shown = wait_for(lambda: self.find(self.at["download_dir"]).get_attribute("value"), 40, "download_dir")
        check(shown == self.setting("download_dir"), f"{shown} is shown, not {self.setting('download_dir')}")
        self.picture()
        self.click(self.at["speed_tab"])
        self.click(self.at["limit"])
        name = "speed_limit_down_enabled"
        wait_for(lambda: self.setting(name) is True, 40, f"{name} to be true")
        self.picture()
        self.click(self.at["close"])
        # Some have it in the menu.
        if not self.driver.execute_script("return document.querySelector(arguments[0])", self.at["turtle"]):
            self.click(self.at["menu"])
        self.click(self.at["turtle"])
        wait_for(lambda: self.setting("alt_speed_enabled") is True, 40, "the turtle")

    def remove(self):
        self.select("single.bin")
        before = len(self.torrents("id"))
        self.click(self.at["remove"])
        self.click(self.at["confirm"])
        wait_for(lambda: len(self.torrents("id")) == before - 1, 40, "the removal")
        wait_for(lambda: "single.bin" not in (self.everything(self.at["row"]) or "single.bin"), 40,
                 "its row to go")
        check(os.path.exists(os.path.join(self.content, "single.bin")), "its data is gone too")

    def end(self):
        wrong = [entry["message"] for entry in self.driver.get_log("browser")
                 if entry["level"] == "SEVERE" and " 409 " not in entry["message"] and "favicon" not in entry["message"]]
        check(not wrong, "\n".join(wrong[:10]))
        self.driver.quit()
        check(self.daemon.stop() == 0, "it ended with an error")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="")
    parser.add_argument("--web", default=setting.transmissions_page() or "")
    parser.add_argument("--shots", default="")
    parser.add_argument("--daemon", default="")
    options = parser.parse_args()
    sys.argv = sys.argv[:1] + (["--bin", options.bin] if options.bin else [])
    setting.begin()
    missing = [what for what, there in (
        ("python3-selenium", webdriver), ("chromium", have("chromium")), ("chromium-driver", have("chromedriver")),
        ("transmission-common", os.path.isdir(options.web))) if not there]
    if missing:
        print(f"skipped: {', '.join(missing)} is not installed (scripts/deps.sh --tests)")
        sys.exit(77)
    report = Report(f"e2e: the web page of {options.web}")
    page = Page(options)
    for name, cell in {
            "it opens": page.open, "adding by file": page.add_by_file, "adding by magnet": page.add_by_magnet,
            "adding another": page.add_another, "pausing": page.pause, "the inspector": page.inspect,
            "preferences": page.preferences, "removing": page.remove, "the end": page.end}.items():
        went_well = report.run(name, cell)
        if page.driver and name != "the end":
            page.picture()
        if not went_well and name == "it opens":
            break
    if page.driver:
        page.driver.quit()
    finish(report)


if __name__ == "__main__":
    main()
