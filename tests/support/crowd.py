"""Many clients at the same moment."""
import threading
from concurrent.futures import ThreadPoolExecutor


class Crowd:
    """Clients with one open connection each; together() starts all at once."""

    def __init__(self, server, n):
        made = server.manage.post("api-keys/", {"name": "crowd"})
        from licetd import Client
        self.clients = [Client(server, made["api_key"], made["shared_key"]) for _ in range(n)]
        self.pool = ThreadPoolExecutor(n)
        self.barrier = threading.Barrier(n)
        for client in self.clients:
            client.raw("GET", "/api/v4/.well-known", headers=[])
            client.jwks = self.clients[0].jwks

    def together(self, work):
        """work(client, number) on every client's thread, begun at one barrier."""
        def run(number):
            self.barrier.wait(60)
            return work(self.clients[number], number)

        return list(self.pool.map(run, range(len(self.clients))))

    def close(self):
        self.pool.shutdown()
        for client in self.clients:
            client.close()


def codes(answers):
    """How many of each: 200 or the error's code."""
    found = {}
    for answer in answers:
        name = 200 if answer.status == 200 else answer.code
        found[name] = found.get(name, 0) + 1
    return found
