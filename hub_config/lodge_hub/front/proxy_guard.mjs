// Loaded before the proxy: refuses addresses that are no text, on which it would fail with a 500,
// has it listen on the sockets that it is handed, and keeps connections to users' servers open.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const SAID = 'The address is not valid: what it writes with percent signs is no UTF-8, or a zero.\n';

function isText(url) {
  try {
    return !decodeURIComponent(url.split('?', 1)[0]).includes('\0');
  } catch {
    return false;
  }
}

for (const { prototype } of [http.Server, https.Server]) {
  const emit = prototype.emit;
  prototype.emit = function (event, request, answer, ...rest) {
    if ((event === 'request' || event === 'upgrade') && !isText(request.url)) {
      if (event === 'request') {
        answer.writeHead(400, { 'Content-Type': 'text/plain', Connection: 'close' });
        answer.end(SAID);
      } else {
        answer.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      }
      return true;
    }
    return emit.call(this, event, request, answer, ...rest);
  };
}

// To a Unix socket the proxy makes a connection for each request, which the server closes with its
// answer. What the proxy writes after that fails, and the reader gets a 503 in place of the answer.
const script = fs.realpathSync(process.argv[1]);
const module = path.join(path.dirname(script), '..', 'lib', 'configproxy.js');
const { ConfigurableProxy } = await import(pathToFileURL(module).href);
const optionsFor = ConfigurableProxy.prototype.proxyOptsForTarget;
ConfigurableProxy.prototype.proxyOptsForTarget = function (target) {
  const options = optionsFor.call(this, target);
  if (options.target.socketPath) {
    options.agent = this.httpAgent;
  }
  return options;
};

const handed = new Map(
  (process.env.LODGE_SOCKETS ?? '')
    .split(' ')
    .filter(Boolean)
    .map(one => one.split('=').map(Number))
);
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  const fd = handed.get(Number(port));
  if (fd === undefined) {
    return listen.call(this, port, ...rest);
  }
  return listen.call(this, { fd }, ...rest.filter(one => typeof one === 'function'));
};
