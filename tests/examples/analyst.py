"""From the bundled series to a table and a plot: how fast did the territory shrink, and who took it?

Run it with `python tests/examples/analyst.py`; it writes `losses.csv` and `losses.png` into the working directory.
"""

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

import geo

# One definition of control; `geo.load_definitions()` gives all four.
series = geo.load_series(definition="control")

# The state on any day, and its area with the range that uncertain dates leave.
snapshot = series.at("2015-05-21")
print(f"{snapshot.date}: {len(snapshot.records)} places held, {geo.area_km2([snapshot.geometry])[0]:,.0f} km²")

# Half-years compared one by one: gained + held is the area after, lost + held the area before.
pairs = geo.query_pairs(series, "2014-06-30/2018-06-30", step="P6M")
changes = geo.change_table([series], pairs)
geo.write_table(changes, "losses.csv", origin=geo.provenance([series]))

# Into whose hands did land pass?
hands = geo.transition_table([series], pairs)
lost = hands[(hands["taken_from"] == "Islamic State") & (hands["lost_to"] != "Islamic State")]
by_actor = lost.pivot_table(index="date_b", columns="lost_to", values="area_km2", aggfunc="sum").fillna(0)
largest = by_actor[by_actor.sum().nlargest(4).index]

figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
largest.index = pd.to_datetime(largest.index).strftime("%b %Y")
largest.plot.bar(stacked=True, ax=axes, width=0.8, color=["#14538a", "#e08214", "#4d7d2d", "#8c8475"])
axes.set(xlabel="half-year ending", ylabel="land lost, km²", title=f"{series.title}: land lost, by who took it")
axes.legend(title=None, frameon=False)
figure.savefig("losses.png")

print(changes[["date_a", "date_b", "lost_km2", "lost_certain_km2", "lost_possible_km2"]].to_string(index=False))
