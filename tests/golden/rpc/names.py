"""How the older dialect spells what the newer one says. Written from the contract, not from seedd's
tables, which are what is tested."""

# Fields of torrent_get; a field without a colon is spelt alike in both.
FIELDS = """
activity_date:activityDate added_date:addedDate availability bandwidth_priority:bandwidthPriority
bytes_completed:bytesCompleted comment corrupt_ever:corruptEver creator date_created:dateCreated
desired_available:desiredAvailable done_date:doneDate download_dir:downloadDir
download_limit:downloadLimit download_limited:downloadLimited downloaded_ever:downloadedEver
edit_date:editDate error error_string:errorString eta eta_idle:etaIdle file_count:file-count
file_stats:fileStats files group hash_string:hashString have_unchecked:haveUnchecked
have_valid:haveValid honors_session_limits:honorsSessionLimits id is_finished:isFinished
is_private:isPrivate is_stalled:isStalled labels left_until_done:leftUntilDone
magnet_link:magnetLink manual_announce_time:manualAnnounceTime
max_connected_peers:maxConnectedPeers metadata_percent_complete:metadataPercentComplete name
peer_limit:peer-limit peers peers_connected:peersConnected peers_from:peersFrom
peers_getting_from_us:peersGettingFromUs peers_sending_to_us:peersSendingToUs
percent_complete:percentComplete percent_done:percentDone piece_count:pieceCount
piece_size:pieceSize pieces primary_mime_type:primary-mime-type priorities
queue_position:queuePosition rate_download:rateDownload rate_upload:rateUpload
recheck_progress:recheckProgress seconds_downloading:secondsDownloading
seconds_seeding:secondsSeeding seed_idle_limit:seedIdleLimit seed_idle_mode:seedIdleMode
seed_ratio_limit:seedRatioLimit seed_ratio_mode:seedRatioMode sequential_download
sequential_download_from_piece size_when_done:sizeWhenDone source start_date:startDate status
torrent_file:torrentFile total_size:totalSize tracker_list:trackerList
tracker_stats:trackerStats trackers upload_limit:uploadLimit upload_limited:uploadLimited
upload_ratio:uploadRatio uploaded_ever:uploadedEver wanted webseeds
webseeds_sending_to_us:webseedsSendingToUs
"""
LEGACY_FIELD = dict((pair.split(":") * 2)[:2] for pair in FIELDS.split())
ALL_FIELDS = sorted(LEGACY_FIELD)

_AS_IT_IS = {"sequential_download", "sequential_download_from_piece", "preferred_transports",
             "ip_protocol", "total_size"}
_KEBAB_IN_TORRENTS = {"files_wanted", "files_unwanted", "priority_high", "priority_low",
                      "priority_normal", "peer_limit", "download_dir", "delete_local_data"}
_CAMEL_IN_SESSION = {"seed_ratio_limit", "seed_ratio_limited"}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def kebab(name):
    return name.replace("_", "-")


def legacy_key(method, name):
    """The older spelling of a parameter, or of a key of session_get."""
    if name in _AS_IT_IS:
        return name
    if name == "cache_size_mib":
        return "cache-size-mb"
    if method.startswith("torrent_"):
        return kebab(name) if name in _KEBAB_IN_TORRENTS else camel(name)
    if name in _CAMEL_IN_SESSION or name == "honors_session_limits":
        return camel(name)
    return kebab(name)


def legacy_fields(method, fields):
    """`fields` of torrent_get and session_get; what is no list of texts stays as it is."""
    if not isinstance(fields, list):
        return fields
    if method == "torrent_get":
        return [LEGACY_FIELD.get(f, f) if isinstance(f, str) else f for f in fields]
    return [legacy_key(method, f) if isinstance(f, str) else f for f in fields]
