"""The files of docs/cluster are what their programs take, and name commands that exist."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "cluster"


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["own-machines.yaml", "aws.yaml"])
def test_ray_up_takes_the_file(name: str) -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = read(name)
    validate_config(prepare_config(config))
    with pytest.raises(Exception, match="worker_count"):
        validate_config(prepare_config({**config, "worker_count": 3}))


def test_the_job_of_kuberay_has_what_it_requires() -> None:
    job = read("kuberay.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    head, (workers,) = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    assert {"groupName", "replicas", "minReplicas", "maxReplicas"} <= workers.keys()
    images = set()
    for group in (head, workers):
        (container,) = group["template"]["spec"]["containers"]
        assert container["resources"]["requests"] == container["resources"]["limits"]
        images.add(container["image"])
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
    assert len(images) == 1
    mounted = {m["name"] for m in head["template"]["spec"]["containers"][0]["volumeMounts"]}
    assert mounted == {volume["name"] for volume in head["template"]["spec"]["volumes"]}


def test_the_script_for_slurm_is_sound_bash() -> None:
    subprocess.run(["bash", "-n", FOLDER / "slurm.sh"], check=True)


def test_every_option_of_dse_and_ray_exists() -> None:
    text = "\n".join(f.read_text() for f in FOLDER.iterdir())
    text = (text + (FOLDER.parent / "cluster.md").read_text()).replace("\\\n", " ")
    for program, module in (("dse run", "dse"), ("ray start", "ray.scripts.scripts")):
        used = {
            o
            for line in re.findall(rf"{program} .*", text)
            for o in re.findall(r"(?<= )--[a-z-]+", line)
        }
        words = ["python", "-m", module, program.split()[1], "--help"]
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert used
        assert {option for option in used if option not in told} == set()
