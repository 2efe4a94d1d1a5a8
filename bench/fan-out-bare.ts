import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** Accepts whoever subscribes, and sends each body that it gets by POST to all of them, with the time of now in it. */
const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => {
    const event = JSON.stringify({ ...JSON.parse(text) }).replace(/"occurredAt":"[^"]+"/, `"occurredAt":"${new Date().toISOString()}"`);
    for (const socket of sockets.clients) socket.send(event);
    response.end();
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => socket.once('message', () => socket.send('{"type":"connection_ack"}')));
server.listen(0, '127.0.0.1', () => console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`));
