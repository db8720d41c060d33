#include "ctl/file_tree.h"

#include <map>
#include <memory>
#include <string_view>

#include "ctl/format.h"

namespace seed::ctl {

namespace {

/// Folders in folders. What lies deeper is shown with the rest of its path as its name: who walks
/// the tree calls himself for each.
constexpr std::size_t depth_max = 100;

struct Node {
  TreeLine line;
  std::vector<std::unique_ptr<Node>> children;        // in the order in which they came
  std::map<std::string, Node*, std::less<>> folders;  // those of the children that are
};

Node& folder_in(Node& parent, std::string_view name) {
  const auto known = parent.folders.find(name);
  if (known != parent.folders.end()) return *known->second;
  auto& made = parent.children.emplace_back(std::make_unique<Node>());
  made->line.name = name;
  parent.folders.emplace(std::string(name), made.get());
  return *made;
}

TreeLine file_line(const Json& file, const Json& stat, std::int64_t number, std::string_view name) {
  TreeLine out;
  out.name = name;
  out.file = number;
  out.length = integer(file, "length");
  out.done = integer(file, "bytes_completed");
  out.wanted = boolean(stat, "wanted", true);
  out.priority = integer(stat, "priority");
  return out;
}

/// What a folder's files come to, when all of them are there.
void sum_up(Node& node) {
  bool first = true;
  for (const auto& child : node.children) {
    if (child->line.file < 0) sum_up(*child);
    const TreeLine& line = child->line;
    node.line.length = sum(node.line.length, line.length);
    node.line.done = sum(node.line.done, line.done);
    const bool same = line.wanted == node.line.wanted && line.priority == node.line.priority;
    if (first) {
      node.line.wanted = line.wanted;
      node.line.priority = line.priority;
    }
    node.line.mixed = node.line.mixed || line.mixed || (!first && !same);
    node.line.wanted = node.line.wanted || line.wanted;
    first = false;
  }
}

struct Strokes {
  std::string_view middle, last, past, blank;
};
constexpr Strokes drawn = {"├─ ", "└─ ", "│  ", "   "};
constexpr Strokes typed = {"|- ", "`- ", "|  ", "   "};

void add_lines(const Node& node, const std::string& front, const Strokes& strokes,
               std::vector<TreeLine>& out) {
  for (const auto& child : node.children) {
    const bool is_last = child == node.children.back();
    TreeLine& line = out.emplace_back(child->line);
    line.name.insert(0, front + std::string(is_last ? strokes.last : strokes.middle));
    if (child->line.file < 0)
      add_lines(*child, front + std::string(is_last ? strokes.blank : strokes.past), strokes, out);
  }
}

}  // namespace

std::vector<TreeLine> file_tree(const Json& files, const Json& stats, bool utf8) {
  static const Json none;
  Node root;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string path = text(files[i], "name");
    std::string_view rest = path;
    Node* folder = &root;
    for (std::size_t depth = 0; depth < depth_max; ++depth) {
      const std::size_t slash = rest.find('/');
      if (slash == rest.npos) break;
      folder = &folder_in(*folder, rest.substr(0, slash));
      rest.remove_prefix(slash + 1);
    }
    folder->children.emplace_back(std::make_unique<Node>())->line =
        file_line(files[i], i < stats.size() ? stats[i] : none, static_cast<std::int64_t>(i), rest);
  }
  sum_up(root);
  std::vector<TreeLine> out;
  for (const auto& top : root.children) {
    out.push_back(top->line);
    add_lines(*top, "", utf8 ? drawn : typed, out);
  }
  return out;
}

}  // namespace seed::ctl
