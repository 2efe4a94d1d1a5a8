import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** How large a document is. */
export interface DocumentShape {
  /** Levels of fields; a leaf counts. */
  readonly depth: number;
  /** Of its largest operation, those of fragments as often as they are spread. May be Infinity: spreads in spreads grow exponentially. */
  readonly fields: number;
  /** At the top of its largest operation: each is a query or a mutation of its own. */
  readonly rootFields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly directivesOfOneElement: number;
}

/** The size of one selection set with everything below it. */
interface Extent {
  readonly depth: number;
  readonly fields: number;
  /** Fields of the set itself. */
  readonly ownFields: number;
}

const nothing: Extent = { depth: 0, fields: 0, ownFields: 0 };

/** Measures selection sets, each fragment once however often it is spread: spreads in spreads grow exponentially. */
function createMeasure(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (set: SelectionSetNode) => Extent {
  const known = new Map<string, Extent>();

  function fragmentExtent(name: string): Extent {
    const measured = known.get(name);
    if (measured) return measured;
    // For a spread inside itself: validation refuses that, here it only has to end.
    known.set(name, nothing);
    const fragment = fragments.get(name);
    const extent = fragment ? measure(fragment.selectionSet) : nothing;
    known.set(name, extent);
    return extent;
  }

  function measure(set: SelectionSetNode): Extent {
    let depth = 0;
    let fields = 0;
    let ownFields = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const below = selection.selectionSet ? measure(selection.selectionSet) : nothing;
        depth = Math.max(depth, below.depth + 1);
        fields += below.fields + 1;
        ownFields += 1;
      } else {
        const inside = selection.kind === Kind.FRAGMENT_SPREAD ? fragmentExtent(selection.name.value) : measure(selection.selectionSet);
        depth = Math.max(depth, inside.depth);
        fields += inside.fields;
        ownFields += inside.ownFields;
      }
    }
    return { depth, fields, ownFields };
  }

  return measure;
}

interface Counts {
  aliases: number;
  directives: number;
  directivesOfOneElement: number;
}

function countDirectives(counts: Counts, directives: readonly unknown[] | undefined): void {
  const count = directives?.length ?? 0;
  counts.directives += count;
  counts.directivesOfOneElement = Math.max(counts.directivesOfOneElement, count);
}

function countSelections(counts: Counts, set: SelectionSetNode): void {
  for (const selection of set.selections) {
    countDirectives(counts, selection.directives);
    if (selection.kind === Kind.FIELD && selection.alias) counts.aliases += 1;
    if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) countSelections(counts, selection.selectionSet);
  }
}

function countDefinition(counts: Counts, definition: DefinitionNode): void {
  if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) return;
  countDirectives(counts, definition.directives);
  for (const variable of definition.variableDefinitions ?? []) countDirectives(counts, variable.directives);
  countSelections(counts, definition.selectionSet);
}

export function shapeOf({ definitions }: DocumentNode): DocumentShape {
  const counts: Counts = { aliases: 0, directives: 0, directivesOfOneElement: 0 };
  const operations: OperationDefinitionNode[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    countDefinition(counts, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const extents = operations.map(({ selectionSet }) => selectionSet).map(createMeasure(fragments));
  const most = (of: (extent: Extent) => number) => Math.max(0, ...extents.map(of));
  return { ...counts, depth: most(({ depth }) => depth), fields: most(({ fields }) => fields), rootFields: most(({ ownFields }) => ownFields) };
}
