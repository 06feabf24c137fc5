"""The studies of the repository go into the package, where `dse init` finds them."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithStudies(build_py):
    """Copies `studies` to `dse/studies`; an editable installation has the repository's own."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "dse", "studies")
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(Path("studies").iterdir()):
            if file.suffix in (".toml", ".py"):
                self.copy_file(str(file), str(target / file.name))


setup(cmdclass={"build_py": WithStudies})
