"""The ROS 2 message definitions that a recording holds; of carebot's own those of interfaces/msg, without comments."""

from __future__ import annotations

_TIME = """
================================================================================
MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
"""
_HEADER = f"""
================================================================================
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
{_TIME}"""
_PERSON = """
================================================================================
MSG: carebot_interfaces/Person
uint32 track_id
float32 confidence
float32[51] keypoints
bool has_world
float32[51] world_m
"""
_QUATERNION = """
================================================================================
MSG: geometry_msgs/Quaternion
float64 x
float64 y
float64 z
float64 w
"""
_POSE = f"""
================================================================================
MSG: geometry_msgs/Pose
geometry_msgs/Point position
geometry_msgs/Quaternion orientation
================================================================================
MSG: geometry_msgs/Point
float64 x
float64 y
float64 z
{_QUATERNION}"""
_VECTOR = """
================================================================================
MSG: geometry_msgs/Vector3
float64 x
float64 y
float64 z
"""
_ROI = """
================================================================================
MSG: sensor_msgs/RegionOfInterest
uint32 x_offset
uint32 y_offset
uint32 height
uint32 width
bool do_rectify
"""

COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
PEOPLE = "carebot_interfaces/msg/People"
FALL_ALERT = "carebot_interfaces/msg/FallAlert"
GROUND_TRUTH = "carebot_interfaces/msg/GroundTruth"
POSE_STAMPED = "geometry_msgs/msg/PoseStamped"
LASER_SCAN = "sensor_msgs/msg/LaserScan"
IMU = "sensor_msgs/msg/Imu"

DEFINITIONS = {
    COMPRESSED_IMAGE: f"std_msgs/Header header\nstring format\nuint8[] data\n{_HEADER}",
    CAMERA_INFO: "std_msgs/Header header\nuint32 height\nuint32 width\nstring distortion_model\nfloat64[] d\n"
    "float64[9] k\nfloat64[9] r\nfloat64[12] p\nuint32 binning_x\nuint32 binning_y\n"
    f"sensor_msgs/RegionOfInterest roi\n{_HEADER}{_ROI}",
    PEOPLE: "std_msgs/Header header\nuint32 width_px\nuint32 height_px\n"
    f"carebot_interfaces/Person[] people\n{_HEADER}{_PERSON}",
    FALL_ALERT: "uint8 SUSPECTED=1\nuint8 CONFIRMED=2\nuint8 RECOVERED=3\nstd_msgs/Header header\nuint8 event\n"
    "string fall_id\nuint32 track_id\nfloat32 confidence\nstring reason_code\nstring reason\n"
    f"string[] evidence_names\nfloat64[] evidence_values\n{_HEADER}",
    GROUND_TRUTH: "std_msgs/Header header\nstring scenario\nstring activity\nfloat32 pelvis_height_m\n"
    "float32 torso_angle_rad\nbool on_floor\nbool fell\nbuiltin_interfaces/Time fall_onset\nbool hit_floor\n"
    f"builtin_interfaces/Time floor_contact\nbool finished\n{_HEADER}",
    POSE_STAMPED: f"std_msgs/Header header\ngeometry_msgs/Pose pose\n{_HEADER}{_POSE}",
    LASER_SCAN: "std_msgs/Header header\nfloat32 angle_min\nfloat32 angle_max\nfloat32 angle_increment\n"
    "float32 time_increment\nfloat32 scan_time\nfloat32 range_min\nfloat32 range_max\nfloat32[] ranges\n"
    f"float32[] intensities\n{_HEADER}",
    IMU: "std_msgs/Header header\ngeometry_msgs/Quaternion orientation\nfloat64[9] orientation_covariance\n"
    "geometry_msgs/Vector3 angular_velocity\nfloat64[9] angular_velocity_covariance\n"
    "geometry_msgs/Vector3 linear_acceleration\nfloat64[9] linear_acceleration_covariance\n"
    f"{_HEADER}{_QUATERNION}{_VECTOR}",
}
