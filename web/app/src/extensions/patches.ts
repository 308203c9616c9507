// SPDX-License-Identifier: Apache-2.0

/**
 * HTML patches of extensions: files with elements `<meta name="after" content="SELECTOR">` and
 * the like, whose other content is put where the selector says. Upstream applies them to its
 * templates before it draws; here they are applied to what is drawn, and to what is drawn later,
 * each once for each element.
 *
 * What Svelte has drawn is never taken out of the page, for Svelte finds its way by it: replaced
 * elements stay where they are and are hidden (`[data-replaced]`). What a patch put beside an
 * element goes when that element goes.
 */

const operations = ['before', 'after', 'replace', 'before-children', 'after-children', 'replace-children'] as const;
type Operation = (typeof operations)[number];

/** One operation of a patch file, with the content that all operations of the file share. */
export type Patch = { operation: Operation; selector: string; content: DocumentFragment };

/** Marks what a patch has replaced, and hides it. */
const replaced = 'data-replaced';

const isOperation = (name: string): name is Operation => (operations as readonly string[]).includes(name);

/** Reads patch files. A selector that the browser does not know is named in the console. */
export function parsePatches(files: string[]): Patch[] {
  return files.flatMap((file) => {
    const template = document.createElement('template');
    template.innerHTML = file;
    const { content } = template;
    const metas = [...content.children].filter(
      (element): element is HTMLMetaElement =>
        element.localName === 'meta' &&
        isOperation(element.getAttribute('name') ?? '') &&
        element.hasAttribute('content'),
    );
    for (const meta of metas) meta.remove();
    return metas.flatMap((meta) => {
      const operation = meta.getAttribute('name') ?? '';
      const selector = meta.getAttribute('content') ?? '';
      return isOperation(operation) && isKnown(selector) ? [{ operation, selector, content }] : [];
    });
  });
}

function isKnown(selector: string): boolean {
  try {
    document.createDocumentFragment().querySelector(selector);
    return true;
  } catch {
    console.warn(`extension: an HTML patch has a selector that is not CSS: ${selector}`);
    return false;
  }
}

export class Patcher {
  private readonly root: Element;
  private readonly patches: Patch[];
  private readonly translate: (key: string) => string;
  /** The elements that each patch has been applied to. */
  private readonly done: WeakSet<Element>[];
  /** Which patch an element comes from: a patch sees what earlier ones made, and nothing of its own. So it ends. */
  private readonly origins = new WeakMap<Node, number>();
  /** What stands beside an element because of it. */
  private readonly beside = new Map<Element, Node[]>();

  constructor(root: Element, patches: Patch[], translate: (key: string) => string) {
    this.root = root;
    this.patches = patches;
    this.translate = translate;
    this.done = patches.map(() => new WeakSet());
  }

  /** Applies the patches now, and to all that comes below the root until the returned function is called. */
  start(): () => void {
    const observer = new MutationObserver(() => {
      this.apply();
      observer.takeRecords(); // what was changed here
    });
    observer.observe(this.root, { childList: true, subtree: true });
    this.apply();
    observer.takeRecords();
    return () => observer.disconnect();
  }

  private apply(): void {
    this.sweep();
    this.patches.forEach((patch, index) => {
      for (const target of this.root.querySelectorAll(patch.selector)) {
        if (!this.concerns(target, index)) continue;
        this.done[index]?.add(target);
        this.run(patch, target, index);
      }
    });
  }

  private concerns(target: Element, index: number): boolean {
    if (this.done[index]?.has(target) || target.closest(`[${replaced}]`)) return false;
    for (let node: Node | null = target; node && node !== this.root; node = node.parentNode) {
      if ((this.origins.get(node) ?? -1) >= index) return false;
    }
    return true;
  }

  private run(patch: Patch, target: Element, index: number): void {
    const content = this.copy(patch.content);
    const nodes = [...content.childNodes];
    for (const node of nodes) this.origins.set(node, index);
    switch (patch.operation) {
      case 'before':
        target.before(content);
        break;
      case 'after':
        target.after(content);
        break;
      case 'replace':
        target.before(content);
        target.setAttribute(replaced, '');
        break;
      case 'before-children':
        target.prepend(content);
        break;
      case 'after-children':
        target.append(content);
        break;
      case 'replace-children':
        this.hideChildren(target);
        target.append(content);
        break;
    }
    if (!patch.operation.endsWith('children')) {
      this.beside.set(target, [...(this.beside.get(target) ?? []), ...nodes]);
    }
  }

  /** Moves all children into one hidden element, where their order is kept. */
  private hideChildren(target: Element): void {
    const hidden = document.createElement('div');
    hidden.setAttribute(replaced, '');
    hidden.append(...target.childNodes);
    target.append(hidden);
  }

  /** Takes away what stood beside elements that are gone. */
  private sweep(): void {
    for (const [target, nodes] of this.beside) {
      if (target.isConnected) continue;
      for (const node of nodes) node.parentNode?.removeChild(node);
      this.beside.delete(target);
    }
  }

  /** Copies a patch's content, with the texts that it asks for. */
  private copy(content: DocumentFragment): DocumentFragment {
    const copy = document.importNode(content, true);
    const fill = (source: string) => source.replace(expression, (_all, _quote, key: string) => this.translate(key));
    const nodes = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (nodes.nextNode()) {
      const node = nodes.currentNode;
      if (!(node instanceof Element)) node.nodeValue = fill(node.nodeValue ?? '');
      else
        for (const attribute of node.attributes)
          if (attribute.value.includes('{{')) attribute.value = fill(attribute.value);
    }
    return copy;
  }
}

/** The one expression of AngularJS that means something here: `{{'KEY' | translate}}`. */
const expression = /\{\{\s*(['"])([\w.]+)\1\s*\|\s*translate\s*\}\}/g;
