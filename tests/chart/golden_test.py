"""What this shows: each set of values renders exactly what golden/ holds, so that
a change of the chart is reviewed as a change of what is deployed.

  /usr/bin/python3 tests/chart/golden_test.py --update    writes golden/ anew
"""

import sys
import unittest

import helm

GOLDEN = helm.ROOT / "tests/chart/golden"


def golden_of(values):
    return GOLDEN / f"{values.stem}.yaml"


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def test_renders_are_the_golden_files(self):
        for values in helm.values_files():
            with self.subTest(values.name):
                self.assertEqual(helm.render(values), golden_of(values).read_text(),
                                 "if this is meant: golden_test.py --update")

    def test_no_golden_file_is_left_over(self):
        self.assertEqual({path.name for path in GOLDEN.iterdir()},
                         {golden_of(values).name for values in helm.values_files()})


def update():
    for path in GOLDEN.iterdir():
        path.unlink()
    for values in helm.values_files():
        golden_of(values).write_text(helm.render(values))


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
