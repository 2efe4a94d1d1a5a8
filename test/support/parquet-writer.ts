/** A field of a thrift struct in the compact protocol: number, type and value. */
type Field = readonly [id: number, kind: 'i32' | 'i64' | 'binary' | 'bool' | 'struct' | 'list', value: unknown];

const kinds = { i32: 5, i64: 6, binary: 8, list: 9, struct: 12 };

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const zigzag = (value: number | bigint): Buffer => varint(BigInt(value) < 0n ? -2n * BigInt(value) - 1n : 2n * BigInt(value));

function encoded(kind: Field[1], value: unknown): Buffer {
  if (kind === 'struct') return struct(value as Field[]);
  if (kind === 'binary') return Buffer.concat([varint(BigInt(Buffer.byteLength(value as string))), Buffer.from(value as string)]);
  if (kind !== 'list') return zigzag(value as number);
  const items = value as readonly (readonly [Exclude<Field[1], 'bool'>, unknown])[];
  const head = [0xf0 | kinds[items[0]?.[0] ?? 'i32']];
  return Buffer.concat([Buffer.from(head), varint(BigInt(items.length)), ...items.map(([item, each]) => encoded(item, each))]);
}

/** Fields without a value are left out. */
function struct(fields: readonly Field[]): Buffer {
  let last = 0;
  const parts = fields.flatMap(([id, kind, value]) => {
    if (value === undefined) return [];
    const type = kind === 'bool' ? (value ? 1 : 2) : kinds[kind];
    const head = Buffer.from([((id - last) << 4) | type]);
    last = id;
    return kind === 'bool' ? [head] : [head, encoded(kind, value)];
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** @see parquet.thrift: all numbers are those of its enums */
export interface Element {
  readonly name: string;
  readonly type?: number;
  readonly typeLength?: number;
  /** 0 required, 1 optional, 2 repeated. @default 0 */
  readonly repetition?: number;
  readonly children?: number;
  readonly converted?: number;
  readonly scale?: number;
  readonly logical?: readonly Field[];
}

export interface Column {
  /** From the top to the leaf. */
  readonly elements: readonly Element[];
  /** PLAIN values, one after the other. */
  readonly data: Buffer;
  readonly definitions?: readonly number[];
  readonly repetitions?: readonly number[];
}

/** Levels, each as a run of one. */
function levels(values: readonly number[] = []): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(values.length * 2);
  return Buffer.concat([length, ...values.map((value) => Buffer.from([2, value]))]);
}

/** The smallest file there is: one row group, one uncompressed page for each column. */
export function parquetOf(rows: number, columns: readonly Column[]): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let offset = 4;
  const chunks = columns.map(({ elements, data, definitions, repetitions }) => {
    const page = Buffer.concat([levels(repetitions), levels(definitions), data]);
    const values = definitions?.length ?? rows;
    const header: Field[] = [
      [1, 'i32', values],
      [2, 'i32', 0],
      [3, 'i32', 3],
      [4, 'i32', 3],
    ];
    const head = struct([
      [1, 'i32', 0],
      [2, 'i32', page.length],
      [3, 'i32', page.length],
      [5, 'struct', header],
    ]);
    const size = head.length + page.length;
    const path = elements.map(({ name }) => ['binary', name]);
    const meta: Field[] = [
      [1, 'i32', elements.at(-1)?.type],
      [2, 'list', [['i32', 0]]],
      [3, 'list', path],
      [4, 'i32', 0],
      [5, 'i64', values],
      [6, 'i64', size],
      [7, 'i64', size],
      [9, 'i64', offset],
    ];
    parts.push(head, page);
    offset += size;
    return [
      'struct',
      [
        [2, 'i64', 0],
        [3, 'struct', meta],
      ],
    ];
  });
  const elements: Element[] = [{ name: 'root', children: columns.length }, ...columns.flatMap((column) => column.elements)];
  const schema = elements.map((each) => [
    'struct',
    [
      [1, 'i32', each.type],
      [2, 'i32', each.typeLength],
      [3, 'i32', each.repetition ?? 0],
      [4, 'binary', each.name],
      [5, 'i32', each.children],
      [6, 'i32', each.converted],
      [7, 'i32', each.scale],
      [10, 'struct', each.logical],
    ],
  ]);
  const group = [
    'struct',
    [
      [1, 'list', chunks],
      [2, 'i64', offset],
      [3, 'i64', rows],
    ],
  ];
  const footer = struct([
    [1, 'i32', 1],
    [2, 'list', schema],
    [3, 'i64', rows],
    [4, 'list', [group]],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}
