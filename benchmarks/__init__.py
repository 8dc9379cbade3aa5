"""Side-by-side measurements that anyone can run; only ratios inside one run travel."""
