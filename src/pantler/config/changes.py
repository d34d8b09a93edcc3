"""What a changed configuration changes, so that a running gateway knows what to do about it."""

from dataclasses import dataclass

from pantler.config.values import Config, Model

# What is bound, opened or sized once, at the start.
AT_START = {
    "gateway": ("listen", "admin_listen", "admin_key_env", "pepper_env", "workers", "spans"),
    "cache": ("policy", "capacity", "path", "durability"),
}
# By which a model's stored answers are another's from now on, unless `revision` already sets them apart.
SAME_ANSWERS = ("provider", "base_url", "upstream_model", "settings")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reload cannot do at all, and what it does beyond taking up the new values.

    `at_restart` are settings that hold from the next start only. Stored answers of `stale_models` are to be purged.
    """

    at_restart: tuple[str, ...] = ()
    stale_models: tuple[str, ...] = ()


def changes(old: Config, new: Config) -> Changes:
    """What the new configuration changes."""
    before, after = _models(old), _models(new)
    stale = tuple(name for name, model in after.items() if name in before and _is_stale(before[name], model))
    return Changes(_at_restart(old, new), stale)


def _models(config: Config) -> dict[str, Model]:
    every = [*config.models, *([config.any_model] if config.any_model else [])]
    return {model.name: model for model in every}


def _at_restart(old: Config, new: Config) -> tuple[str, ...]:
    return tuple(
        f"[{table}], {key}"
        for table, keys in AT_START.items()
        for key in keys
        if getattr(getattr(old, table), key) != getattr(getattr(new, table), key)
    )


def _is_stale(old: Model, new: Model) -> bool:
    return old.revision == new.revision and any(getattr(old, key) != getattr(new, key) for key in SAME_ANSWERS)
