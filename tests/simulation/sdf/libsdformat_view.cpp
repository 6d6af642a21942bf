// Prints what libsdformat, Gazebo's own reader, makes of a file: one JSON line for each link and joint, poses in the world.
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
    Print(*link, prefix + link->Name(), pose * Resolved(link->SemanticPose(), "__model__"));
  }
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
    for (uint64_t i = 0; i < world->ModelCount(); ++i) Walk(*world->ModelByIndex(i), "", Pose3d::Zero);
  }
  if (root.Model()) Walk(*root.Model(), "", Pose3d::Zero);
  return errors.empty() ? 0 : 1;
}
