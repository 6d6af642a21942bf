// HTML of the server's, patched into what stands there: what somebody types or has chosen, what is open and the focus stay.
import { h } from "vue";

// "^" says that it is the attribute which is set: how a field begins, not what somebody has made of it since.
const propsOf = (element) => {
  const props = {};
  for (const { name, value } of element.attributes) props[name === "data-key" ? "key" : `^${name}`] = value;
  return props;
};

const inner = (parent) => {
  const nodes = [...parent.childNodes].filter((node) => node.nodeType !== Node.COMMENT_NODE);
  if (nodes.length === 0) return null; // what a script has written there stays
  if (nodes.every((node) => node.nodeType === Node.TEXT_NODE)) return parent.textContent;
  return nodes.map((node) => (node.nodeType === Node.TEXT_NODE ? node.data : h(node.localName, propsOf(node), inner(node))));
};

const parsed = (content) => {
  const template = document.createElement("template");
  template.innerHTML = content;
  return inner(template.content);
};

export default {
  props: { content: String, tag: { type: String, default: "div" } },
  render() {
    return h(this.tag, { "data-living": "", tabindex: "-1" }, parsed(this.content) ?? []);
  },
  beforeUpdate() {
    const focused = document.activeElement;
    this.focused = this.$el.contains(focused) ? focused : null;
    this.chosen = [...this.$el.querySelectorAll("select[data-chosen]")].map((select) => [select, select.value]);
  },
  updated() {
    for (const [select, value] of this.chosen) {
      if ([...select.options].some((option) => option.value === value)) select.value = value;
    }
    this.$el.dispatchEvent(new CustomEvent("living", { bubbles: true }));
    if (this.focused && !this.focused.isConnected) this.$el.focus({ preventScroll: true }); // a keyboard goes on from here
  },
};
