"""scikit-learn's logistic regression and XGBoost on the features that Rankwire's ad model reads.

    rankwire evaluate ads --store sqlite:STORE --campaigns campaigns.csv --export examples.csv
    python Benchmarks/ads/peers.py examples.csv

learns from the rows of part `train`, predicts those of part `test`, and prints for each model, and
for Rankwire's own probabilities beside them: area under the ROC curve and log loss over that of the
test's base rate, each with the interval that 95% of 1,000 resamples lie in; observed over predicted
of the three most probable tenths; and the share of the answers that the best tenth of each
campaign's users has. Where a campaign still ran when the events end, all probabilities are times
the share of answers that come so early, as the export says it. Settings are chosen on the last
third of the training campaigns, as Rankwire's were.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys

import numpy as np
import pandas as pd
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

SEED = 1
RESAMPLES = 1_000
NAMES = {
    "demographic", "financial", "location", "tag", "hour", "weekday", "channel", "device",
    "placement", "campaign_kind", "category", "brand", "category_pair"}
# Told apart by no later campaign.
LEFT_OUT = {"campaign", "ad"}


def matrix(rows: pd.DataFrame, vocabulary: list[tuple[str, str]], crossed: bool) -> np.ndarray:
    """Numbers with a column each for "missing", and a column for every name of the vocabulary; with
    `crossed` all of them once more for every kind of campaign, as Rankwire's model has them."""
    columns = []
    for feature in features(rows):
        if feature in NAMES:
            split = rows[feature].fillna("").astype(str).str.split(" ").map(set)
            own = [name for group, name in vocabulary if group == feature]
            columns += [split.map(lambda cell, n=name: n in cell) for name in own]
        else:
            columns += [rows[feature].fillna(0), rows[feature].isna()]
    dense = np.column_stack([column.to_numpy(float) for column in columns])
    if not crossed:
        return dense
    kinds = sorted({name for feature, name in vocabulary if feature == "campaign_kind"})
    own = rows["campaign_kind"].fillna("").astype(str).to_numpy()
    return np.hstack([dense, *(dense * (own == kind)[:, None] for kind in kinds)])


def features(rows: pd.DataFrame) -> list[str]:
    first = list(rows.columns).index("probability") + 1
    return [name for name in rows.columns[first:] if name not in LEFT_OUT]


def vocabulary(rows: pd.DataFrame) -> list[tuple[str, str]]:
    found = []
    for feature in features(rows):
        if feature in NAMES:
            names = {n for cell in rows[feature].dropna().astype(str) for n in cell.split(" ") if n}
            found += [(feature, name) for name in sorted(names)]
    return found


def relative_log_loss(outcomes: np.ndarray, probabilities: np.ndarray) -> float:
    held = np.clip(probabilities, 1e-9, 1 - 1e-9)
    rate = outcomes.mean()
    loss = -np.where(outcomes, np.log(held), np.log(1 - held)).mean()
    return float(loss / -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))


def interval(outcomes: np.ndarray, probabilities: np.ndarray, figure) -> list[float]:
    random = np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(outcomes), len(outcomes))
        values.append(figure(outcomes[drawn], probabilities[drawn]))
    return [float(figure(outcomes, probabilities)), *map(float, np.percentile(values, [2.5, 97.5]))]


def report(test: pd.DataFrame, probabilities: np.ndarray) -> dict:
    outcomes = test["outcome"].to_numpy(bool)
    order = np.argsort(-probabilities, kind="stable")
    bounds = [len(order) * i // 10 for i in range(4)]
    ratios = [
        float(outcomes[order[a:b]].sum() / probabilities[order[a:b]].sum())
        for a, b in zip(bounds, bounds[1:])]
    caught = 0
    for _, rows in test.assign(p=probabilities).groupby("campaign"):
        best = rows.sort_values(["p", "user"], ascending=[False, True])
        caught += best["outcome"].head(-(-len(rows) // 10)).sum()
    return {
        "auc": interval(outcomes, probabilities, lambda y, p: roc_auc_score(y, p)),
        "relative_log_loss": interval(outcomes, probabilities, relative_log_loss),
        "top_tenths_observed_over_predicted": ratios,
        "caught_in_best_tenth": float(caught / outcomes.sum())}


def logistic(strength: float, crossed: bool):
    def fit(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        names = vocabulary(train)
        model = LogisticRegression(C=strength, solver="newton-cholesky")
        model.fit(matrix(train, names, crossed), train["outcome"])
        return model.predict_proba(matrix(test, names, crossed))[:, 1]
    return fit


def trees(depth: int, count: int):
    def fit(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        names = vocabulary(train)
        model = xgboost.XGBClassifier(
            max_depth=depth, n_estimators=count, learning_rate=0.05, min_child_weight=5,
            subsample=0.8, colsample_bytree=0.8, random_state=SEED, n_jobs=1)
        model.fit(matrix(train, names, False), train["outcome"])
        return model.predict_proba(matrix(test, names, False))[:, 1]
    return fit


def choose(train: pd.DataFrame, candidates: dict[str, object]) -> str:
    """The candidate with the least log loss on the last third of the training campaigns."""
    campaigns = list(dict.fromkeys(train["campaign"]))
    later = set(campaigns[-round(len(campaigns) / 3):])
    is_later = train["campaign"].isin(later)
    inner, validation = train[~is_later], train[is_later]
    outcomes = validation["outcome"].to_numpy(bool)
    return min(
        candidates,
        key=lambda name: relative_log_loss(outcomes, candidates[name](inner, validation)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", help="what `rankwire evaluate ads --export` wrote")
    arguments = parser.parse_args()
    rows = pd.read_csv(arguments.examples, dtype={"campaign": str})
    for feature in NAMES & set(rows.columns):
        rows[feature] = rows[feature].astype("string")
    train, test = rows[rows["part"] == "train"], rows[rows["part"] == "test"]
    peers = {
        "scikit-learn": {
            f"C={c}, {'crossed' if x else 'plain'}": logistic(c, x)
            for c in (0.01, 0.03, 0.1, 0.3) for x in (False, True)},
        "xgboost": {
            f"depth {d}, {n} trees": trees(d, n) for d in (2, 3, 4) for n in (50, 100, 200)}}
    results = {"rankwire": report(test, test["probability"].to_numpy(float))}
    for name, candidates in peers.items():
        chosen = choose(train, candidates)
        print(f"{name}: {chosen}", file=sys.stderr)
        probabilities = candidates[chosen](train, test) * test["seen_share"].to_numpy()
        results[f"{name} ({chosen})"] = report(test, probabilities)
    text = json.dumps(results, indent=2)
    print(text)
    print(f"# sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
