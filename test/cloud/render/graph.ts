/** What a deployment would send: every resource with its inputs, what it depends on and how it is kept. */

export interface Resource {
  urn: string;
  type: string;
  name: string;
  id: string;
  /** Looked up, not made. */
  read: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of a hundred types of resources, as the provider has them
  inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same, completed
  state: any;
  parent: string | undefined;
  /** URNs, by `dependsOn` or through a property. */
  needs: string[];
  protect: boolean;
  retainOnDelete: boolean;
  deleteBeforeReplace: boolean;
  ignoreChanges: string[];
}

export interface Asked {
  token: string;
  inputs: Record<string, unknown>;
}

export interface Rendered {
  resources: Resource[];
  asked: Asked[];
  outputs: Record<string, unknown>;
  /** Names of the files in each function's package, by the function's name. */
  files: Record<string, string[]>;
}

export class Graph {
  readonly resources: readonly Resource[];
  readonly asked: readonly Asked[];
  readonly outputs: Record<string, unknown>;
  readonly files: Readonly<Record<string, readonly string[]>>;
  private readonly byUrn: ReadonlyMap<string, Resource>;

  constructor({ resources, asked, outputs, files }: Rendered) {
    this.resources = resources;
    this.asked = asked;
    this.outputs = outputs;
    this.files = files;
    this.byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  }

  /** All of a type, by the type's last word: `all('Bucket')`. */
  all(type: string): Resource[] {
    return this.resources.filter((resource) => resource.type.endsWith(`:${type}`));
  }

  /** The one of a type, or the one with a name. Throws an Error for none or several. */
  one(type: string, name?: string): Resource {
    const found = this.all(type).filter((resource) => name === undefined || resource.name === name);
    if (found.length !== 1) {
      const names = this.all(type).map((resource) => resource.name);
      throw new Error(`${found.length} resources ${type} ${name ?? ''}; there are ${names.join(', ')}`);
    }
    return found[0]!;
  }

  /** Everything that must be there before a resource, at any distance, children of components included. */
  before(resource: Resource): Set<Resource> {
    const seen = new Set<Resource>();
    const visit = (next: Resource): void => {
      for (const urn of next.needs) {
        const needed = this.byUrn.get(urn);
        if (needed === undefined || seen.has(needed)) continue;
        seen.add(needed);
        visit(needed);
      }
    };
    visit(resource);
    return seen;
  }
}
