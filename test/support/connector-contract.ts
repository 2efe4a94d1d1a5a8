import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCheck } from '../../src/connector/check.ts';
import type { AnyConnectorContext, AuthMethod, Connector, DiscoveredStream, JsonObject, StreamToRead } from '../../src/connector/connector.ts';
import type { Dial } from '../../src/connector/dial.ts';
import { createDial } from '../../src/connector/dialer.ts';
import type { EncodedRecord, Message } from '../../src/connector/messages.ts';
import { authMethodsOf, fieldsOf, jsonSchemaOf } from '../../src/connector/spec.ts';

/** What a person fills in. */
export interface ConnectorInput {
  readonly config?: JsonObject;
  /** @default the connector's first */
  readonly authMethod?: AuthMethod;
  readonly credentials?: JsonObject;
}

export interface Harness extends ConnectorInput {
  readonly connector: Connector;
  /** Credentials that the source refuses. */
  readonly refused?: ConnectorInput;
  /** A host where nothing answers. */
  readonly unreachable?: ConnectorInput;
  /** The good connection, but to another host: of connectors that dial one. */
  readonly at?: (host: string) => ConnectorInput;
  /** A source that takes the connection and then says nothing; `streams` are what is read from it. */
  readonly silent?: ConnectorInput & { readonly streams: readonly StreamToRead[] };
  /** @see AnyConnectorContext.filesRoot. @default null */
  readonly filesRoot?: string;
  /** Streams to read beside every discovered one in full and, where there is a default cursor, incrementally. */
  readonly alsoRead?: (discovered: readonly DiscoveredStream[]) => readonly StreamToRead[];
  close?(): Promise<void>;
}

/** A context as the product makes it: values have passed the schemas. @param signal never aborted when absent */
export function contextFor(
  { connector, filesRoot }: Pick<Harness, 'connector' | 'filesRoot'>,
  input: ConnectorInput,
  signal?: AbortSignal,
  dial: Dial = createDial('private'),
): AnyConnectorContext {
  const authMethod = input.authMethod ?? authMethodsOf(connector)[0] ?? 'NONE';
  return {
    config: connector.configSchema.parse(input.config ?? {}) as JsonObject,
    credentials: (connector.credentialSchemas[authMethod]?.parse(input.credentials ?? {}) ?? {}) as JsonObject,
    authMethod,
    dial,
    filesRoot: filesRoot ?? null,
    ownPaths: [],
    signal: signal ?? new AbortController().signal,
    log: () => {},
  };
}

/** A discovered stream as it is read when nobody chose anything. */
export function streamToRead(discovered: DiscoveredStream, changes: Partial<StreamToRead> = {}): StreamToRead {
  const { name, namespace, defaultCursorField, sourceDefinedPrimaryKey } = discovered;
  return {
    name,
    namespace,
    syncMode: 'FULL_REFRESH_OVERWRITE',
    cursorField: defaultCursorField,
    primaryKey: sourceDefinedPrimaryKey,
    selectedFields: null,
    state: null,
    ...changes,
  };
}

/** The records of a message, whichever of the two forms the connector yields. */
export function recordsOf(message: Message): readonly EncodedRecord[] {
  if (message.type === 'RECORDS') return message.records;
  if (message.type !== 'RECORD') return [];
  const { data, stream } = message;
  const json = JSON.stringify(data, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return [{ key: stream.primaryKey.length === 0 ? null : keyIn(json, stream), json }];
}

function keyIn(json: string, stream: StreamToRead): string[] {
  return stream.primaryKey.map((path) => {
    const value = path.reduce<unknown>((found, name) => (found as Record<string, unknown>)[name], JSON.parse(json));
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

export interface StoredReading {
  readonly byKey: Map<string, string>;
  readonly states: JsonObject[];
}

/** Reads one stream as the product stores it: the last of each key. Stops after the STATE number `stopAfter`, counted from 0. */
export async function readInto(
  connector: Connector,
  context: AnyConnectorContext,
  stream: StreamToRead,
  stopAfter = Number.POSITIVE_INFINITY,
  byKey = new Map<string, string>(),
): Promise<StoredReading> {
  const states: JsonObject[] = [];
  for await (const message of connector.read(context, [stream])) {
    expect(message.stream).toBe(stream);
    if (message.type === 'STREAM_STATUS' && message.status === 'INCOMPLETE') throw message.failure;
    for (const { key, json } of recordsOf(message)) byKey.set(key ? JSON.stringify(key) : json, json);
    if (message.type === 'STATE') states.push(message.state);
    // What a state covers was yielded before it; it went through JSON, as in the record store.
    if (states.length > stopAfter) break;
  }
  return { byKey, states: JSON.parse(JSON.stringify(states)) as JsonObject[] };
}

const title = ({ namespace, name, syncMode }: StreamToRead) => `${namespace ? `${namespace}.` : ''}${name} ${syncMode}`;

/** What every connector keeps. `make` is called once; its source must not change meanwhile. */
export function connectorContract(name: string, make: () => Promise<Harness>): void {
  describe(`${name} keeps the contract of connectors`, () => {
    let harness: Harness;
    let connector: Connector;
    beforeAll(async () => {
      harness = await make();
      connector = harness.connector;
    }, 60_000);
    afterAll(() => harness?.close?.());

    const discovered = () => connector.discover(contextFor(harness, harness));
    const streams = async (): Promise<StreamToRead[]> => {
      const found = await discovered();
      const incremental = found
        .filter(({ defaultCursorField }) => defaultCursorField)
        .map((each) => streamToRead(each, { syncMode: 'INCREMENTAL_DEDUPED' }));
      return [...found.map((each) => streamToRead(each)), ...incremental, ...(harness.alsoRead?.(found) ?? [])];
    };
    const check = (input: ConnectorInput) => runCheck(connector, contextFor(harness, input), (text) => text);

    test('its fields convert to JSON Schema, each with a title and a description, secrets marked', () => {
      const schemas = [connector.configSchema, ...authMethodsOf(connector).map((method) => connector.credentialSchemas[method])].filter(
        (schema) => schema !== undefined,
      );
      for (const schema of schemas) {
        const json = jsonSchemaOf(schema);
        expect(json['type']).toBe('object');
        for (const field of fieldsOf(schema)) {
          const property = (json['properties'] as Record<string, JsonObject>)[field.name];
          expect(property, field.name).toMatchObject({ title: expect.stringMatching(/\S/), description: expect.stringMatching(/\S/) });
          expect([property?.['writeOnly'] === true, property?.['format'] === 'password'], field.name).toEqual([field.secret, field.secret]);
        }
      }
      expect(authMethodsOf(connector).length).toBeGreaterThan(0);
    });

    test('a good connection passes the test', async () => {
      const outcome = await check(harness);
      expect(outcome).toMatchObject({ status: 'PASSED', failureType: null });
      expect(outcome.steps.length).toBeGreaterThan(0);
    });

    test('refused credentials and an unreachable host are told apart', async () => {
      const { refused, unreachable } = harness;
      if (refused) expect(await check(refused)).toMatchObject({ status: 'FAILED', failureType: 'AUTH' });
      if (unreachable) expect((await check(unreachable)).failureType).toMatch(/^(UNAVAILABLE|TIMEOUT)$/);
      if (unreachable) await expect(connector.discover(contextFor(harness, unreachable))).rejects.toMatchObject({ name: 'SourceFailure' });
    });

    test('outsiders cannot tell a name that does not exist from one that leads inside, a forbidden address or a closed port', async () => {
      const { at, unreachable } = harness;
      expect(at === undefined, 'whoever dials says how to dial another host').toBe(unreachable === undefined);
      if (!at) return;
      const dial = createDial('public', async (host) => {
        if (host === 'inside.test') return [{ address: '10.1.2.3' }];
        throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
      });
      const outcomes = ['nowhere.test', 'inside.test', '127.0.0.1', '169.254.169.254'].map(async (host) => {
        const context = () => contextFor(harness, at(host), undefined, dial);
        const [{ status, failureType, message, steps }, discovery] = await Promise.all([
          runCheck(connector, context(), (text) => text),
          connector.discover(context()).catch((error: unknown) => error as Error),
        ]);
        const shown = { status, failureType, message, discovery: String(discovery), steps: steps.map(({ durationMs: _, ...step }) => step) };
        return JSON.parse(JSON.stringify(shown).replaceAll(host, 'HOST')) as unknown;
      });
      const [first, ...others] = await Promise.all(outcomes);
      expect(first).toMatchObject({ status: 'FAILED', failureType: 'UNAVAILABLE', message: expect.stringContaining('HOST') });
      for (const other of others) expect(other).toEqual(first);
      // A closed port gets as far, and no further.
      const closed = unreachable && (await check(unreachable)).steps.at(-1)?.title;
      expect((first as { steps: { title: string }[] }).steps.map(({ title: step }) => step)).toEqual([closed]);
    });

    test('discover finds the same twice, without doubles', async () => {
      const found = await discovered();
      expect(found.length).toBeGreaterThan(0);
      expect(await discovered()).toEqual(found);
      expect(new Set(found.map(({ namespace, name: stream }) => JSON.stringify([namespace, stream]))).size).toBe(found.length);
      for (const { jsonSchema, supportedSyncModes } of found) {
        expect(jsonSchema['type']).toBe('object');
        expect(connector.supportedSyncModes).toEqual(expect.arrayContaining([...supportedSyncModes]));
      }
    });

    test('all streams are read to their end, in records whose key is in their data', async () => {
      const all = await streams();
      const complete: string[] = [];
      for await (const message of connector.read(contextFor(harness, harness), all)) {
        expect(all).toContain(message.stream);
        const { primaryKey, selectedFields } = message.stream;
        for (const { key, json } of recordsOf(message)) {
          expect(JSON.parse(json)).toBeTypeOf('object');
          expect(json).not.toMatch(/[\n\r]/);
          if (primaryKey.length === 0) expect(key).toBeNull();
          else if (!selectedFields) expect(key).toEqual(keyIn(json, message.stream));
        }
        if (message.type === 'STREAM_STATUS' && message.status === 'COMPLETE') complete.push(title(message.stream));
        else if (message.type === 'STREAM_STATUS') expect(message.status).toBe('RUNNING');
      }
      expect(complete).toEqual(all.map(title));
    }, 60_000);

    test('reading may stop after any state and go on from it, and nothing is missing', async () => {
      for (const stream of await streams()) {
        const full = await readInto(connector, contextFor(harness, harness), stream);
        for (let index = 0; index < full.states.length; index++) {
          const first = await readInto(connector, contextFor(harness, harness), stream, index);
          const state = first.states[index] ?? null;
          const both = await readInto(connector, contextFor(harness, harness), { ...stream, state }, undefined, first.byKey);
          expect(both.byKey.size, `${title(stream)} from state ${index}`).toBe(full.byKey.size);
          expect(both.byKey, `${title(stream)} from state ${index}`).toEqual(full.byKey);
        }
      }
    }, 120_000);

    test('an abort in the middle of reading ends it within 10 seconds', async () => {
      const controller = new AbortController();
      const reading = (async () => {
        for await (const message of connector.read(contextFor(harness, harness, controller.signal), await streams())) {
          if (recordsOf(message).length > 0) controller.abort(new Error('cancelled'));
        }
      })();
      await endsInTime(reading);
      expect(controller.signal.aborted).toBe(true);
    }, 20_000);

    test('an abort ends reading from a silent source within 10 seconds', async () => {
      const { silent } = harness;
      if (!silent) return;
      const controller = new AbortController();
      const reading = (async () => {
        for await (const message of connector.read(contextFor(harness, silent, controller.signal), silent.streams))
          expect(recordsOf(message)).toEqual([]);
      })();
      setTimeout(() => controller.abort(new Error('cancelled')), 300);
      await endsInTime(reading);
      expect(controller.signal.aborted).toBe(true);
    }, 20_000);
  });
}

/** By returning or by throwing, both are allowed. */
async function endsInTime(reading: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('still reading 10 seconds after the abort')), 10_000);
  });
  const ended = reading.then(
    () => {},
    () => {},
  );
  await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
