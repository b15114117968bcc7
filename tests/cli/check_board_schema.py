#!/usr/bin/python3
"""Every board file of this repository fits the schema that `rigbisect board schema` prints, and files with the usual
mistakes do not. The judge is python3-jsonschema.

  check_board_schema.py RIGBISECT BOARDS_DIRECTORY
"""

import copy
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml


class Yaml12(yaml.SafeLoader):
    """YAML 1.2, as editors read it: `on` is a word and 52:54:00 no number."""


Yaml12.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("tag:yaml.org,2002:bool", r"^(true|false)$", "tf"),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]*\.[0-9]+$", "-+.0123456789"),
    ("tag:yaml.org,2002:null", r"^(null|~|)$", ["n", "~", ""]),
):
    Yaml12.add_implicit_resolver(tag, re.compile(pattern), list(first))

MISTAKES = {
    "no console": lambda b: b.pop("console"),
    "unknown key": lambda b: b.update(lables=["x"]),
    "unknown driver": lambda b: b["power"].update(driver="lcsu"),
    "unknown option": lambda b: b["power"].update(chanel=1),
    "missing option": lambda b: b["console"].pop("port"),
    "option of another driver": lambda b: b["boot"].update(device="/dev/sdz"),
    "number out of bounds": lambda b: b["power"].update(channel=0),
    "duration without unit": lambda b: b["timings"].update(off=2),
    "unknown timing": lambda b: b["timings"].update(kernal="2s"),
    "no MAC address": lambda b: b["boot"].update(mac="52:54:00"),
    "bad name": lambda b: b.update(board="NUC 1"),
}


def main():
    program, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    schema = json.loads(subprocess.run([program, "board", "schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failures = 0
    files = sorted(directory.glob("*.yaml"))
    for file in files:
        for error in validator.iter_errors(yaml.load(file.read_text(), Yaml12)):
            print(f"{file.name}: {'.'.join(map(str, error.path))}: {error.message}")
            failures += 1
    sound = yaml.load((directory / "example-nuc.yaml").read_text(), Yaml12)
    for name, spoil in MISTAKES.items():
        board = copy.deepcopy(sound)
        spoil(board)
        if validator.is_valid(board):
            print(f"taken for sound: {name}")
            failures += 1
    print(f"{len(files)} board files, {len(MISTAKES)} mistakes, {failures} failures")
    return 1 if failures or len(files) < 4 else 0


sys.exit(main())
