// Loaded before the proxy: refuses addresses that are no text, on which it would fail with a 500.
import http from 'node:http';
import https from 'node:https';

const SAID = 'The address is not valid: what it writes with percent signs is no UTF-8.\n';

function isText(url) {
  try {
    decodeURIComponent(url.split('?', 1)[0]);
    return true;
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
