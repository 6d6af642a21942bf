"""BlazePose (MediaPipe's pose models, 33 landmarks): a detector where nobody is known, landmarks where somebody is.

Source of all constants: the graphs `pose_detection_cpu`, `pose_landmark_cpu` and their subgraphs in MediaPipe 0.10.21.
"""

from carebot.perception.estimators.blazepose.estimator import BlazePose, BlazePoseParameters

__all__ = ["BlazePose", "BlazePoseParameters"]
