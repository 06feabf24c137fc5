"""Files of data sets that were cut, or that hold more than any data set: one message, bounded."""

import gzip
import struct
import tracemalloc
from pathlib import Path

import pytest

from evaluators.training.data_files import CIFAR_NAMES, IDX_NAMES, DataError, load_arrays


def images(*shape: int) -> bytes:
    return struct.pack(f">HBB{len(shape)}i", 0, 8, len(shape), *shape)


def mnist(folder: Path, first: bytes, ending: str = "") -> Path:
    labels = images(2) + b"\x00\x01"
    for name in IDX_NAMES:
        body = labels if "labels" in name else images(2, 4, 4) + bytes(32)
        (folder / name).write_bytes(body)
    (folder / IDX_NAMES[0]).unlink()
    (folder / (IDX_NAMES[0] + ending)).write_bytes(first)
    return folder


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 8, 12, 15])
@pytest.mark.parametrize("packed", [False, True])
def test_a_download_cut_within_its_header(length: int, packed: bool, tmp_path: Path) -> None:
    cut = (images(2, 4, 4) + bytes(32))[:length]
    folder = mnist(tmp_path, gzip.compress(cut) if packed else cut, ".gz" if packed else "")
    with pytest.raises(DataError, match=r"train-images.*fetch it again") as caught:
        load_arrays("mnist", str(folder))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "shape", [(2**31 - 1, 2**31 - 1, 2**31 - 1), (2, 0, 0), (-1, 4, 4), (65536, 65536, 65536)]
)
def test_a_header_that_tells_of_no_images(shape: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="its header tells"):
        load_arrays("mnist", str(mnist(tmp_path, images(*shape))))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as stream:
        for _ in range(300):
            stream.write(bytes(2**20))
    folder = mnist(tmp_path, bomb.read_bytes(), ".gz")
    tracemalloc.start()
    with pytest.raises(DataError, match="holds more than 134217728 bytes"):
        load_arrays("mnist", str(folder))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 300 * 2**20


def test_a_large_batch_is_not_read(tmp_path: Path) -> None:
    for name in CIFAR_NAMES:
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(2**28)
    with pytest.raises(DataError, match="holds more than"):
        load_arrays("cifar10", str(tmp_path))
