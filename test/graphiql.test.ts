import type { Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, chromiumPath, startChromium } from './support/chromium.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { type KeysGateway, startKeysGateway } from './support/keys.ts';

/** GraphiQL's editors measure themselves before they show an answer; the machine may be busy. */
const shownWithinMs = 20_000;

describe('GraphiQL on our own server', () => {
  let gateway: Gateway;
  let browser: Browser;
  let page: Page;
  const socketMessages: string[] = [];
  const pageErrors: string[] = [];

  beforeAll(async () => {
    if (!chromiumPath) throw new Error('No Chromium was found. Install it (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.');
    [gateway, browser] = await Promise.all([startGateway(), startChromium(chromiumPath)]);
    page = await browser.context.newPage();
    page.on('pageerror', (error) => pageErrors.push(error.message));
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => socketMessages.push(payload.toString())));
    await page.goto(`${gateway.url}/graphql`);
    await page.locator('.graphiql-execute-button').waitFor({ timeout: shownWithinMs });
  });
  afterAll(async () => {
    await browser?.stop();
    await gateway?.cleanUp();
  });

  /** Opens a tab by the name of its operation and runs it as it is; answers what the result pane shows once it holds `expected`. */
  async function run(operation: string, expected: string): Promise<string> {
    // The button is wider than its label and partly covered by the next one: a click by coordinates may land beside it.
    await page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${operation}$`) }).dispatchEvent('click');
    await page.locator('.graphiql-query-editor', { hasText: operation }).waitFor({ timeout: shownWithinMs });
    const window = (text: string) => page.locator('.result-window', { hasText: text });
    // For a moment after the switch GraphiQL still thinks of the former tab's operation, and sends nothing.
    const tooEarly = 'Cannot infer operation';
    do {
      await page.locator('.graphiql-execute-button').dispatchEvent('click');
      await window(expected).or(window(tooEarly)).waitFor({ timeout: shownWithinMs });
    } while ((await window(tooEarly).count()) > 0);
    return (await window(expected).innerText()).replaceAll('\u00a0', ' ');
  }
  const events = () =>
    socketMessages
      .map((text) => JSON.parse(text) as { type: string; payload?: { data?: { syncJobProgress?: { status: string; recordsRead: number } } } })
      .flatMap(({ payload }) => payload?.data?.syncJobProgress ?? []);

  test('opens with a tab for each step of the main job', async () => {
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual([
      'ListSources',
      'CreateFakeShop',
      'RunSourceConnection',
      'WatchSyncJobProgress',
      'BrowseRecords',
      'WatchSyncJobTransitions',
    ]);
  });

  test('lists the sources', async () => {
    expect(await run('ListSources', 'postgresql')).toContain('configFields');
  });

  test('creates a source connection', async () => {
    expect(await run('CreateFakeShop', 'CreateSourceConnectionPayload')).toContain('Fake shop');
    const { sourceConnections } = await gateway.query('{ sourceConnections { nodes { source { shortName } } } }');
    expect(sourceConnections.nodes).toEqual([{ source: { shortName: 'faker' } }]);
  });

  test('runs it without an id being copied', async () => {
    await run('RunSourceConnection', 'RunSourceConnectionPayload');
    expect((await gateway.query('{ syncJobs { nodes { mode } } }')).syncJobs.nodes).toEqual([{ mode: 'FULL_REFRESH' }]);
  });

  test('shows the running job over the WebSocket, to its end', async () => {
    await run('WatchSyncJobProgress', 'SUCCEEDED');
    expect(events().length).toBeGreaterThan(3);
    expect(events()[0]?.status).toMatch(/PENDING|RUNNING/);
    expect(events().at(-1)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 2300 });
  }, 60_000);

  test('shows the records', async () => {
    expect(await run('BrowseRecords', 'nodes')).toContain('2300');
  });

  test('has asked no other host, and nothing broke in the page', () => {
    expect([...browser.hosts]).toEqual([new URL(gateway.url).host]);
    expect(pageErrors).toEqual([]);
  });
});

describe('GraphiQL on a gateway that wants keys', () => {
  let keys: KeysGateway;
  let browser: Browser;
  beforeAll(async () => {
    if (!chromiumPath) throw new Error('No Chromium was found. Install it (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.');
    [keys, browser] = await Promise.all([startKeysGateway({ env: { HEADGATE_GRAPHIQL: 'on' } }), startChromium(chromiumPath)]);
  });
  afterAll(async () => {
    await browser?.stop();
    await keys?.gateway.cleanUp();
  });

  test('takes the key from the editor of headers, for all tabs and for subscriptions too', async () => {
    const page = await browser.context.newPage();
    const shows = (text: string) => page.locator('.result-window', { hasText: text }).waitFor({ timeout: shownWithinMs });
    const execute = () => page.locator('.graphiql-execute-button').dispatchEvent('click');
    await page.goto(`${keys.gateway.url}/graphql`);
    await page.locator('.graphiql-execute-button').waitFor({ timeout: shownWithinMs });
    await execute();
    await shows('UNAUTHORIZED');

    await page.locator('.graphiql-editor-tools button', { hasText: 'Headers' }).click();
    await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden)').click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(JSON.stringify({ 'X-API-Key': keys.adminKey.key }));
    await execute();
    await shows('postgresql');

    const isStream = (response: Response) => response.status() === 200 && /event-stream/.test(response.headers()['content-type'] ?? '');
    await page.locator('.graphiql-tab-button', { hasText: /^WatchSyncJobTransitions$/ }).dispatchEvent('click');
    await page.locator('.graphiql-query-editor', { hasText: 'WatchSyncJobTransitions' }).waitFor({ timeout: shownWithinMs });
    // For a moment after the switch GraphiQL still thinks of the former tab's operation.
    let opened: Response | undefined;
    while (!opened) {
      const coming = page.waitForResponse(isStream, { timeout: 3_000 }).catch(() => undefined);
      await execute();
      opened = await coming;
    }
    const create = 'mutation { createSourceConnection(input: { name: "Fake shop", sourceShortName: "faker" }) { __typename } }';
    expect(await keys.admin.query(create)).toEqual({ createSourceConnection: { __typename: 'CreateSourceConnectionPayload' } });
    await shows('SUCCEEDED');
  }, 60_000);
});
