"""Scores an exported ranking test by XGBoost and by implicit's ALS.

Both see what Rankwire's heads see: the same rows, weights and candidates, written by
`rankwire evaluate ranking --export`. Settings are chosen on the rows that heads are chosen by.
The scores go back to `rankwire evaluate ranking`, which measures all alike.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path

import numpy as np
import xgboost
from implicit.als import AlternatingLeastSquares
from scipy import sparse


class Rows:
    """Rows of one part: training, choosing or test."""

    def __init__(self, directory: Path, part: str) -> None:
        def load(name: str) -> np.ndarray:
            return np.load(directory / f"{part}_{name}.npy")

        self.features, self.labels, self.weights = load("features"), load("labels"), load("weights")
        self.items, self.starts = load("items"), load("starts")
        self.users, self.times = load("users"), load("times")

    def matrix(self, names: list[str]) -> xgboost.DMatrix:
        return xgboost.DMatrix(
            self.features, self.labels, weight=self.weights, feature_names=names)


def boosted(train: Rows, choice: Rows, test: Rows, names: list[str], seed: int) -> np.ndarray:
    """Logits of the test by the trees that choosing likes best."""
    fitted, judged = train.matrix(names), choice.matrix(names)
    best: tuple[float, xgboost.Booster] | None = None
    for depth, child_weight in itertools.product((4, 6, 8), (10, 100)):
        settings = {
            "objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist",
            "max_depth": depth, "min_child_weight": child_weight, "eta": 0.1, "subsample": 0.8,
            "colsample_bytree": 0.8, "seed": seed, "nthread": 2}
        booster = xgboost.train(
            settings, fitted, num_boost_round=600, evals=[(judged, "choice")],
            early_stopping_rounds=30, verbose_eval=False)
        print(
            f"XGBoost, depth {depth}, least weight {child_weight}: {booster.best_score:.5f} nats "
            f"after {booster.best_iteration + 1} trees", flush=True)
        if best is None or booster.best_score < best[0]:
            best = (booster.best_score, booster)
    assert best is not None
    chosen = best[1]
    return chosen.predict(
        test.matrix(names), iteration_range=(0, chosen.best_iteration + 1), output_margin=True)


class Purchases:
    """Who bought what and when."""

    def __init__(self, directory: Path) -> None:
        self.users = np.load(directory / "purchases_users.npy")
        self.items = np.load(directory / "purchases_items.npy")
        self.times = np.load(directory / "purchases_times.npy")
        self.shape = (self.users.max() + 1, self.items.max() + 1)
        order = np.lexsort((self.times, self.users))
        self.users, self.items, self.times = (
            column[order] for column in (self.users, self.items, self.times))

    def before(self, moment: int) -> sparse.csr_matrix:
        """Purchases by user and item before a moment."""
        seen = self.times < moment
        ones = np.ones(seen.sum(), dtype=np.float32)
        return sparse.csr_matrix((ones, (self.users[seen], self.items[seen])), shape=self.shape)

    def of_user(self, user: int, moment: int) -> sparse.csr_matrix:
        """A user's purchases before a moment, as a row."""
        first, last = np.searchsorted(self.users, [user, user + 1])
        items = self.items[first:last][self.times[first:last] < moment]
        columns, counts = np.unique(items, return_counts=True)
        return sparse.csr_matrix(
            (counts.astype(np.float32), (np.zeros_like(columns), columns)),
            shape=(1, self.shape[1]))


def hit_gain(scores: np.ndarray, labels: np.ndarray) -> float:
    """Discounted gain of the first ten."""
    top = np.argsort(-scores, kind="stable")[:10]
    return float((labels[top] / np.log2(np.arange(len(top)) + 2)).sum())


def factored(
    purchases: Purchases, train_until: int, test_from: int, choice: Rows, test: Rows, seed: int
) -> np.ndarray:
    """Scores of the test by ALS, the user's factors made anew at each moment."""
    best: tuple[float, dict[str, float]] | None = None
    for factors, regularization, alpha in itertools.product((64, 128), (0.05, 1.0), (1, 10)):
        settings = {"factors": factors, "regularization": regularization, "alpha": alpha}
        model = fit(purchases.before(train_until), settings, seed)
        scores = score(model, purchases, choice)
        gain = np.mean([
            hit_gain(scores[start:end], choice.labels[start:end])
            for start, end in itertools.pairwise(choice.starts)])
        print(f"ALS {settings}: gain {gain:.4f}", flush=True)
        if best is None or gain > best[0]:
            best = (gain, settings)
    assert best is not None
    return score(fit(purchases.before(test_from), best[1], seed), purchases, test)


def fit(
    matrix: sparse.csr_matrix, settings: dict[str, float], seed: int
) -> AlternatingLeastSquares:
    model = AlternatingLeastSquares(
        factors=int(settings["factors"]), regularization=settings["regularization"],
        alpha=settings["alpha"], iterations=15, random_state=seed, num_threads=2)
    model.fit(matrix, show_progress=False)
    return model


def score(model: AlternatingLeastSquares, purchases: Purchases, rows: Rows) -> np.ndarray:
    scores = np.empty(len(rows.items), dtype=np.float32)
    for question, (user, moment) in enumerate(zip(rows.users, rows.times, strict=True)):
        start, end = rows.starts[question], rows.starts[question + 1]
        factors = model.recalculate_user(0, purchases.of_user(user, moment))
        scores[start:end] = model.item_factors[rows.items[start:end]] @ factors
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="what --export wrote")
    parser.add_argument("--train-until", type=np.datetime64, required=True)
    parser.add_argument("--test-from", type=np.datetime64, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    train, choice, test = (Rows(options.directory, part) for part in ("train", "choice", "test"))
    names = json.loads((options.directory / "features.json").read_text())
    begin = time.monotonic()
    logits = boosted(train, choice, test, names, options.seed)
    np.save(options.directory / "xgboost.npy", logits.astype(np.float32))
    print(f"XGBoost took {time.monotonic() - begin:.0f} s", flush=True)
    begin = time.monotonic()
    moments = [
        int(moment.astype("datetime64[ns]").astype(np.int64))
        for moment in (options.train_until, options.test_from)]
    scores = factored(Purchases(options.directory), *moments, choice, test, options.seed)
    np.save(options.directory / "als.npy", scores)
    print(f"ALS took {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
