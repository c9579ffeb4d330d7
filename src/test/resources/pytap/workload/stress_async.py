"""What stress.py does with asyncio: from 3.6 on."""

import asyncio


async def step(n):
    await asyncio.sleep(0)
    return n + 1


async def steps(n):
    for _ in range(5):
        n = await step(n)
    return n


async def numbers(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


async def late():
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.005)
    except asyncio.TimeoutError:
        return "late"
    return "early"


async def cancelled():
    task = asyncio.ensure_future(asyncio.sleep(30))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
    return "done"


async def everything():
    results = await asyncio.gather(*[steps(i) for i in range(10)])
    assert results == list(range(5, 15)), results
    assert [i async for i in numbers(5)] == [0, 1, 2, 3, 4]
    assert await late() == "late"
    assert await cancelled() == "cancelled"


async def handle(reader, writer):
    writer.write(b"you said " + await reader.readline())
    await writer.drain()
    writer.close()


async def conversation():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    assert await reader.readline() == b"you said hello\n"
    writer.close()
    server.close()
    await server.wait_closed()


def run(coroutine):
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(coroutine)
    finally:
        loop.close()


def gather():
    run(everything())


def streams():
    run(conversation())
