"""Disks that fill up in the middle of a run: so many bytes are left when the trip begins, and room comes back later."""

from disks import Image, Memory
from harness import PATIENCE, SHORT_LEVER, Site, wait_for

FEW_ROOMS = ((Memory, 0), (Memory, 2 * 4096), (Memory, 5 * 4096), (Image, 6 * 1024))
ALL_ROOMS = tuple((Memory, pages * 4096) for pages in range(20)) + tuple((Image, blocks * 1024) for blocks in
                                                                         range(0, 64, 4))


def leave_little_room(binary, rooms):
    lost = sum(live_in(binary, kind, room) for kind, room in rooms)
    print(f"  {len(rooms)} disks filled, durability lost in {lost}")
    assert lost, "no disk was ever full: nothing was tested"


def live_in(binary, kind, room):
    """Whether the disk was too small."""
    with kind() as disk, Site(binary, disk.folder + "/state", stop="0.003", levers=SHORT_LEVER) as site:
        site.start_daemon()
        assert wait_for(site.status, PATIENCE), site.log_text()
        disk.fill(but_for=room)
        site.load.launch(2)
        assert wait_for(site.load.ended, PATIENCE), f"{room} bytes left: the load lives:\n{site.log_text()}"
        assert wait_for(lambda: is_latched(site), PATIENCE), f"{room} bytes left: not latched:\n{site.log_text()}"
        disk.empty()
        check_whole(site, room)
        return "durability_lost" in site.log_text()


def is_latched(site):
    return site.status()["snapshot"]["zones"][0]["state"] == "latched"


def check_whole(site, room):
    """What failed is tried again by itself."""
    written = wait_for(lambda: "latched" in site.kinds() and site.status()["snapshot"]["durable"], PATIENCE)
    assert written, f"{room} bytes left, then all: facts are missing: {site.facts()}\n{site.log_text()}"
    assert wait_for(lambda: "latched yes" in site.latch_text(), PATIENCE), f"{room} bytes left, then all: no latch file"
    site.end_daemon()
    numbers = [fact.sequence for fact in site.facts()]
    assert numbers == list(range(1, len(numbers) + 1)), f"{room} bytes left, then all: gap in the journal: {numbers}"
