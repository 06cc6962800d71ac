"""`pip install .`: the extension is built by CMake, in build/release, where most of it is there after `scripts/build release`.

Debian's pip wants `--no-build-isolation` without a network, and `--break-system-packages` outside of an environment.
ACIDSIM_BUILD names another build directory, ACIDSIM_EXTENSION an extension that is there already.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent


class CMakeBuild(build_ext):
    def build_extension(self, extension):
        target = pathlib.Path(self.get_ext_fullpath(extension.name)).resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        if built := os.environ.get("ACIDSIM_EXTENSION"):
            shutil.copy(built, target)
            return
        build = pathlib.Path(os.environ.get("ACIDSIM_BUILD", ROOT / "build" / "release"))
        flags = [] if (build / "CMakeCache.txt").exists() else ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"]
        try:
            import pybind11
            flags.append(f"-Dpybind11_DIR={pybind11.get_cmake_dir()}")
        except ImportError:  # CMake looks for it
            pass
        subprocess.run(["cmake", "-S", str(ROOT), "-B", str(build), *flags, "-DACIDSIM_PYTHON=ON", f"-DPython_EXECUTABLE={sys.executable}"],
                       check=True)
        subprocess.run(["cmake", "--build", str(build), "--target", "acidsim_python"], check=True)
        shutil.copy(build / "python" / "acidsim" / target.name, target)


setup(ext_modules=[Extension("acidsim._acidsim", [])], cmdclass={"build_ext": CMakeBuild})
