"""Another configuration for a running gateway: taken as a whole, or refused as a whole."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping

from pantler.config.addresses import address
from pantler.config.changes import at_restart, stale_models
from pantler.config.tariff import Tariff
from pantler.config.values import Config, Model
from pantler.core.errors import ConfigError, PantlerError
from pantler.gateway.clocks import Clocks
from pantler.gateway.doubted import told_doubts
from pantler.gateway.means import Upstreams, models_of
from pantler.gateway.serving import Serving
from pantler.gateway.setup import set_up
from pantler.gateway.unbounded import unbounded
from pantler.live.upstream import Upstream
from pantler.live.upstreams import upstream_of

UNFORESEEN = "undo the last change to the file; this is a fault of pantler itself, of which the log says where it is"

log = logging.getLogger("pantler.gateway")


class Reloading:
    """Reads `source` again for `serving`; keys of upstreams come from `environment`."""

    def __init__(
        self, source: Callable[[], Config], environment: Mapping[str, str], serving: Serving, clocks: Clocks
    ) -> None:
        self._source = source
        self._environment = environment
        self._serving = serving
        self._clocks = clocks
        self._running = serving.setup.config  # of which some holds until it ends, whatever a reload says
        self._closing: set[asyncio.Task[None]] = set()

    async def renew(self) -> list[str]:
        """Reload, once the prices have been looked up in a thread: the list of them takes long to import."""
        with contextlib.suppress(Exception):  # which comes again, and is told then
            await asyncio.to_thread(lambda: Tariff(models_of(self._source())))
        return self.reload()

    def reload(self) -> list[str]:
        """Use what the source says now; what there is to warn of.

        Where that cannot be used, for whatever reason, raise a ConfigError and change nothing.
        """
        try:
            return self._reload()
        except ConfigError:
            raise
        except PantlerError as error:
            raise ConfigError(str(error)) from error
        except Exception as failure:
            log.error("reading the configuration failed", exc_info=failure)
            raise ConfigError(f"reading it failed ({type(failure).__name__}); {UNFORESEEN}") from failure

    def _reload(self) -> list[str]:
        serving, old = self._serving, self._serving.setup
        config = self._source()
        self._check_keys(config)
        models = {model.name: model for model in models_of(old.config)}
        upstreams = {
            model.name: old.upstreams[model.name] if models.get(model.name) == model else self._made(model)
            for model in models_of(config)
        }
        warnings = self._warnings(config)
        serving.use(set_up(config, upstreams, serving.keeping.secret))
        for model in stale_models(old.config, config):
            serving.loop.forget(serving.keeping.store.named("model", model))
        for warning in warnings:
            log.warning("%s", warning)
        gone = [upstream for name, upstream in old.upstreams.items() if upstreams.get(name) is not upstream]
        closing = asyncio.get_running_loop().create_task(self._close(gone))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return warnings

    def _warnings(self, config: Config) -> list[str]:
        later = at_restart(self._running, config)
        held = [f"{'; '.join(later)}: holds from the next start only"] if later else []
        return [*held, *unbounded(config), *(told_doubts(config))]

    async def closed(self) -> None:
        """Return once every upstream that is asked no more has been let go of."""
        if self._closing:
            await asyncio.wait(self._closing)

    def _check_keys(self, config: Config) -> None:
        listens_at = self._running.gateway.listen
        if not address(listens_at).is_loopback and not any(tenant.keys for tenant in config.tenants):
            raise ConfigError(
                f"[[tenants]]: without keys it would let in everybody who reaches {listens_at}, where it listens "
                "until it is started again; give a key, or start it again on 127.0.0.1"
            )

    def _made(self, model: Model) -> Upstream:
        return upstream_of(model, self._environment, clock=self._clocks.monotonic)

    async def _close(self, gone: list[Upstream]) -> None:
        """Close upstreams that are asked no more, once every call that was under way has landed."""
        await self._serving.loop.streams.landed()
        for upstream in gone:
            await upstream.close()


def first_upstreams(config: Config, environment: Mapping[str, str], clocks: Clocks) -> Upstreams:
    """The upstream of every model, their keys from `environment`."""
    return {model.name: upstream_of(model, environment, clock=clocks.monotonic) for model in models_of(config)}
