import { setTimeout as sleep } from 'node:timers/promises';
import type WebSocket from 'ws';
import { answerQuestions } from './process.ts';
import { type Operation, subscribe } from './sockets.ts';

/** Opens the subscribers, or waits for so many deliveries and hands over their latencies. */
export type Question =
  | { readonly open: number; readonly url: string; readonly operation: Operation }
  | { readonly url: string; readonly deliveries: number };

const patienceMs = 15_000;

interface Audience {
  latenciesMs: number[];
  /** An event as it came; the same for everybody. */
  sample: string;
}

const audiences = new Map<string, Audience>();
const now = () => performance.timeOrigin + performance.now();

/** Everybody's text is the same: looked into once. */
let last = { text: '', happenedAt: 0 };
function happenedAt(text: string): number {
  if (text !== last.text) last = { text, happenedAt: Date.parse(/"occurredAt":"([^"]+)"/.exec(text)?.[1] ?? '') };
  return last.happenedAt;
}

answerQuestions<Question, Audience>(async (question) => {
  const audience = audiences.get(question.url) ?? { latenciesMs: [], sample: '' };
  audiences.set(question.url, audience);
  if ('open' in question) {
    for (let opened = 0; opened < question.open; opened += 50) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => subscribe(question.url, question.operation)));
      for (const socket of sockets) listen(socket, audience);
    }
    return audience;
  }
  const giveUpAt = performance.now() + patienceMs;
  while (audience.latenciesMs.length < question.deliveries && performance.now() < giveUpAt) await sleep(20);
  const { latenciesMs, sample } = audience;
  audience.latenciesMs = [];
  return { latenciesMs, sample };
});

function listen(socket: WebSocket, audience: Audience): void {
  socket.on('message', (data) => {
    const receivedAt = now();
    const text = String(data);
    if (!text.includes('"next"')) return;
    audience.sample = text;
    audience.latenciesMs.push(receivedAt - happenedAt(text));
  });
}
