"""The catalogue changes while the server runs, and requests rank by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import shop
from test_profiles import Shop, copied, event

from rankwire.v1 import catalog_service_pb2, catalog_service_pb2_grpc, common_pb2


class Catalog:
    """The service's stub with its messages."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = catalog_service_pb2_grpc.CatalogServiceStub(channel)

    def upsert(self, *items: common_pb2.Item) -> catalog_service_pb2.UpsertItemsResponse:
        return self.stub.UpsertItems(
            catalog_service_pb2.UpsertItemsRequest(items=items), timeout=60)

    def get(self, item_id: str) -> common_pb2.Item:
        return self.stub.GetItem(
            catalog_service_pb2.GetItemRequest(item_id=item_id), timeout=60).item

    def delete(self, item_id: str) -> None:
        self.stub.DeleteItem(catalog_service_pb2.DeleteItemRequest(item_id=item_id), timeout=60)

    def pages(self, size: int) -> Iterator[list[str]]:
        token = ""
        while True:
            page = self.stub.ListItems(
                catalog_service_pb2.ListItemsRequest(page_size=size, page_token=token), timeout=60)
            yield [item.item_id for item in page.items]
            token = page.next_page_token
            if not token:
                return


@pytest.fixture
def live(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(tmp_path / "run", bundle, copied(store, tmp_path))
    yield running
    running.close()


@pytest.fixture
def catalog(live: Shop) -> Catalog:
    return Catalog(live.channel)


KITTEN = common_pb2.Item(
    item_id="new-kitten", title="Kitten food with rabbit", category="Pets > Cat food",
    brand="felina", price=common_pb2.Money(micros=3_000_000, currency_code="USD"),
    attributes={"shelf": "b"})


def code(error: pytest.ExceptionInfo[grpc.RpcError]) -> grpc.StatusCode:
    return error.value.code()


def test_a_new_item_is_ranked_by_the_next_request(live: Shop, catalog: Catalog) -> None:
    reply = catalog.upsert(KITTEN)
    assert (reply.stored_count, reply.unchanged_count, len(reply.rejected)) == (1, 0, 0)
    assert catalog.get("new-kitten") == KITTEN
    live.ingest(event("fresh", "PURCHASE", item_id="new-kitten"))
    unsold = ["spade-0", "echo-0", "felina-5", "mill-0"]
    assert live.best("fresh", unsold) == "Pets > Cat food"
    again = catalog.upsert(KITTEN)
    assert (again.stored_count, again.unchanged_count) == (0, 1)


def test_a_changed_item_is_other_at_once(catalog: Catalog) -> None:
    catalog.upsert(KITTEN)
    changed = common_pb2.Item()
    changed.CopyFrom(KITTEN)
    changed.title = "Garden gnome"
    changed.price.micros = 5_000_000
    assert catalog.upsert(changed).stored_count == 1
    assert catalog.get("new-kitten") == changed


def test_what_is_wrong_is_rejected_alone(catalog: Catalog) -> None:
    reply = catalog.upsert(
        common_pb2.Item(title="no id"), KITTEN, common_pb2.Item(item_id="no-title"),
        common_pb2.Item(item_id="price", title="x", price=common_pb2.Money(micros=-1)))
    assert reply.stored_count == 1
    assert [row.index for row in reply.rejected] == [0, 2, 3]
    for row, field in zip(
        reply.rejected, ["items[0].item_id", "items[2].title", "items[3].price"], strict=True
    ):
        assert row.status.message.startswith(field)
    with pytest.raises(grpc.RpcError) as many:
        catalog.upsert(*[KITTEN] * 1_001)
    assert code(many) == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("size", [1, 7, 60, 1_000])
def test_pages_hold_every_item_once(catalog: Catalog, size: int) -> None:
    pages = list(catalog.pages(size))
    assert [item for page in pages for item in page] == sorted(shop.ITEMS)
    assert max(map(len, pages)) <= size


def test_deleting_between_pages_skips_nobody(catalog: Catalog) -> None:
    seen: list[str] = []
    for page in catalog.pages(10):
        seen += page
        catalog.delete(page[-1])
    assert seen == sorted(shop.ITEMS)


def test_a_deleted_item_is_gone(live: Shop, catalog: Catalog) -> None:
    catalog.delete("felina-0")
    with pytest.raises(grpc.RpcError) as gone:
        catalog.get("felina-0")
    assert code(gone) == grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as twice:
        catalog.delete("felina-0")
    assert code(twice) == grpc.StatusCode.NOT_FOUND
    # Who bought it still likes its kind.
    assert live.best("cats", ["felina-5", "spade-0", "mill-0"]) == "Pets > Cat food"


def test_changes_are_there_after_a_crash(bundle: Path, store: Path, tmp_path: Path) -> None:
    path = copied(store, tmp_path)
    first = Shop(tmp_path / "first", bundle, path)
    Catalog(first.channel).upsert(KITTEN)
    first.server.process.kill()
    first.server.process.wait()
    first.channel.close()
    second = Shop(tmp_path / "second", bundle, path)
    assert Catalog(second.channel).get("new-kitten") == KITTEN
    second.close()
