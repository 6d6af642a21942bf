// Prints what libsdformat, Gazebo's own reader, makes of a file: one JSON line for each link, joint, sensor and plugin;
// poses in the world.
#include <cmath>
#include <iostream>
#include <string>

#include <sdf/sdf.hh>

namespace {

using ignition::math::Pose3d;

std::string Number(double value) {
  if (std::isinf(value) || std::abs(value) >= 1e16) return value > 0 ? "Infinity" : "-Infinity";
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string Vector(const ignition::math::Vector3d &v) {
  return "[" + Number(v.X()) + "," + Number(v.Y()) + "," + Number(v.Z()) + "]";
}

Pose3d Resolved(const sdf::SemanticPose &semantic, const std::string &in = "") {
  Pose3d pose;
  for (const auto &error : semantic.Resolve(pose, in)) std::cerr << error << std::endl;
  return pose;
}

void Print(const sdf::Link &link, const std::string &name, const Pose3d &pose) {
  const auto matrix = link.Inertial().MassMatrix();
  std::cout << "{\"link\":\"" << name << "\",\"mass\":" << Number(matrix.Mass()) << ",\"position\":" << Vector(pose.Pos())
            << ",\"quaternion\":[" << Number(pose.Rot().W()) << "," << Number(pose.Rot().X()) << ","
            << Number(pose.Rot().Y()) << "," << Number(pose.Rot().Z()) << "],\"centre\":"
            << Vector(link.Inertial().Pose().Pos()) << ",\"moments\":" << Vector(matrix.PrincipalMoments())
            << ",\"collisions\":" << link.CollisionCount() << ",\"visuals\":" << link.VisualCount() << "}\n";
}

void Print(const sdf::Sensor &sensor, const std::string &link, const Pose3d &pose) {
  std::cout << "{\"sensor\":\"" << link << "::" << sensor.Name() << "\",\"type\":\"" << sensor.TypeStr()
            << "\",\"rate\":" << Number(sensor.UpdateRate()) << ",\"topic\":\"" << sensor.Topic()
            << "\",\"position\":" << Vector(pose.Pos()) << ",\"forward\":"
            << Vector(pose.Rot().RotateVector(ignition::math::Vector3d::UnitX));
  if (const sdf::Camera *camera = sensor.CameraSensor())
    std::cout << ",\"width\":" << camera->ImageWidth() << ",\"height\":" << camera->ImageHeight() << ",\"opening\":"
              << Number(camera->HorizontalFov().Radian()) << ",\"near\":" << Number(camera->NearClip())
              << ",\"far\":" << Number(camera->FarClip());
  if (const sdf::Lidar *lidar = sensor.LidarSensor())
    std::cout << ",\"rays\":" << lidar->HorizontalScanSamples() << ",\"first\":"
              << Number(lidar->HorizontalScanMinAngle().Radian()) << ",\"last\":"
              << Number(lidar->HorizontalScanMaxAngle().Radian()) << ",\"nearest\":" << Number(lidar->RangeMin())
              << ",\"farthest\":" << Number(lidar->RangeMax());
  std::cout << "}\n";
}

// The plugins of a model or world; sdformat 12 keeps them as plain elements.
void PrintPlugins(const sdf::ElementPtr &element, const std::string &owner) {
  if (!element || !element->HasElement("plugin")) return;
  for (auto plugin = element->GetElement("plugin"); plugin; plugin = plugin->GetNextElement("plugin")) {
    std::cout << "{\"plugin\":\"" << plugin->Get<std::string>("name") << "\",\"owner\":\"" << owner
              << "\",\"file\":\"" << plugin->Get<std::string>("filename") << "\"";
    for (const char *name : {"joint_name", "left_joint", "right_joint"})
      if (plugin->HasElement(name)) std::cout << ",\"" << name << "\":\"" << plugin->Get<std::string>(name) << "\"";
    for (const char *name : {"p_gain", "d_gain", "wheel_separation", "wheel_radius"})
      if (plugin->HasElement(name)) std::cout << ",\"" << name << "\":" << Number(plugin->Get<double>(name));
    std::cout << "}\n";
  }
}

void Print(const sdf::Joint &joint, const std::string &prefix, const Pose3d &model) {
  std::string child, parent;
  joint.ResolveChildLink(child);
  joint.ResolveParentLink(parent);
  const Pose3d pose = model * Resolved(joint.SemanticPose(), "__model__");
  std::cout << "{\"joint\":\"" << prefix << joint.Name() << "\",\"type\":" << static_cast<int>(joint.Type())
            << ",\"child\":\"" << prefix << child << "\",\"parent\":\"" << (parent == "world" ? parent : prefix + parent)
            << "\",\"position\":" << Vector(pose.Pos()) << ",\"axes\":[";
  for (unsigned number = 0; number < 2; ++number) {
    const sdf::JointAxis *axis = joint.Axis(number);
    if (!axis) continue;
    ignition::math::Vector3d direction;
    axis->ResolveXyz(direction, "__model__");
    std::cout << (number ? "," : "") << "{\"lower\":" << Number(axis->Lower()) << ",\"upper\":" << Number(axis->Upper())
              << ",\"effort\":" << Number(axis->Effort()) << ",\"damping\":" << Number(axis->Damping())
              << ",\"direction\":" << Vector(model.Rot() * direction) << "}";
  }
  std::cout << "]}\n";
}

void Walk(const sdf::Model &model, const std::string &outer, const Pose3d &parent) {
  const std::string prefix = outer + model.Name() + "::";
  const Pose3d pose = parent * Resolved(model.SemanticPose());
  for (uint64_t i = 0; i < model.LinkCount(); ++i) {
    const sdf::Link *link = model.LinkByIndex(i);
    const Pose3d place = pose * Resolved(link->SemanticPose(), "__model__");
    Print(*link, prefix + link->Name(), place);
    for (uint64_t s = 0; s < link->SensorCount(); ++s) {
      const sdf::Sensor *sensor = link->SensorByIndex(s);
      Print(*sensor, prefix + link->Name(), place * Resolved(sensor->SemanticPose()));
    }
  }
  PrintPlugins(model.Element(), outer + model.Name());
  for (uint64_t i = 0; i < model.JointCount(); ++i) Print(*model.JointByIndex(i), prefix, pose);
  for (uint64_t i = 0; i < model.ModelCount(); ++i) Walk(*model.ModelByIndex(i), prefix, pose);
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 3) return 2;
  sdf::addURIPath("model://", arguments[2]);
  sdf::Root root;
  const sdf::Errors errors = root.Load(arguments[1]);
  for (const auto &error : errors) std::cerr << error << std::endl;
  for (uint64_t w = 0; w < root.WorldCount(); ++w) {
    const sdf::World *world = root.WorldByIndex(w);
    PrintPlugins(world->Element(), "");
    for (uint64_t i = 0; i < world->ModelCount(); ++i) Walk(*world->ModelByIndex(i), "", Pose3d::Zero);
  }
  if (root.Model()) Walk(*root.Model(), "", Pose3d::Zero);
  return errors.empty() ? 0 : 1;
}
