from __future__ import annotations

from pathlib import Path

import pytest

from carebot.errors import ConfigError
from carebot.evaluation.labels import read_labels


def table(folder: Path, text: str, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_in_any_order_of_columns_with_more_columns_beside_them(tmp_path: Path) -> None:
    table(tmp_path, "\ufeffsubject,Label,path,onset_s\n3,FALL,a.mp4,1.5\n4,adl,sub/b.npz,\n")
    labelled = read_labels(tmp_path)
    assert [(each.name, each.is_fall, each.onset_s) for each in labelled.recordings] == [
        ("a.mp4", True, 1.5),
        ("sub/b.npz", False, None),
    ]
    assert labelled.recordings[1].path == tmp_path / "sub/b.npz"


def test_files_without_a_label_are_named(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.npz", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    table(tmp_path, "path,label\na.mp4,adl\n")
    assert read_labels(tmp_path).unlabelled == ("b.npz",)


def test_one_file_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    table(tmp_path, "path,label\na.mp4,adl\nb.mp4,fall\n")
    assert [each.name for each in read_labels(tmp_path / "a.mp4").recordings] == ["a.mp4"]
    (tmp_path / "c.mp4").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"no row for c\.mp4"):
        read_labels(tmp_path / "c.mp4")


def test_a_table_elsewhere_may_name_files_beside_itself(tmp_path: Path) -> None:
    videos, other = tmp_path / "videos", tmp_path / "other"
    videos.mkdir()
    other.mkdir()
    (videos / "a.mp4").write_bytes(b"")
    (other / "b.mp4").write_bytes(b"")
    labels = table(other, "path,label\na.mp4,adl\nb.mp4,fall\n", "truth.csv")
    assert [each.path for each in read_labels(videos, labels).recordings] == [videos / "a.mp4", other / "b.mp4"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'path'"),
        ("path\na.mp4\n", "no column 'label'"),
        ("path,label\n", "names no recording"),
        ("path,label\na.mp4,tumble\n", "line 2: the label is 'tumble'"),
        ("path,label\n,fall\n", "line 2: the path is empty"),
        ("path,label\na.mp4\n", "line 2: the label is ''"),
        ("path,label,onset_s\na.mp4,fall,soon\n", "onset_s is 'soon'"),
        ("path,label,onset_s\na.mp4,fall,nan\n", "onset_s is 'nan'"),
        ("path,label,onset_s\na.mp4,fall,-1\n", "onset_s is '-1'"),
        ("path,label\na.mp4,fall\na.mp4,adl\n", "names a.mp4 twice: keep"),
        ("path,label\na.mp4,fall\n./a.mp4,fall\n", r"names ./a\.mp4 twice \(once as a\.mp4\)"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as raised:
        read_labels(tmp_path)
    assert str(path) in str(raised.value)


def test_without_a_table_the_sentence_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"labels\.csv does not exist.*--labels.*path, label"):
        read_labels(tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        read_labels(tmp_path / "absent")


def test_a_table_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_labels(tmp_path)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder: name a table"):
        read_labels(tmp_path, tmp_path)


def test_a_link_that_leads_to_itself_is_a_file_like_others(tmp_path: Path) -> None:
    for name in ("loop.mp4", "other.mp4"):
        (tmp_path / name).symlink_to(name)
    table(tmp_path, "path,label\nloop.mp4,fall\n")
    labelled = read_labels(tmp_path)
    assert [each.name for each in labelled.recordings] == ["loop.mp4"]
    assert labelled.unlabelled == ("other.mp4",)
