# Takes out of the environment what no notebook runs, and lets charts have Chinese: run once, after
# the packages are installed.
set -eu
packages=$(echo /opt/lodge/venv/lib/python3*/site-packages)
cd "$packages"
# Spark's home, the same whatever Python it is.
ln -s "$packages/pyspark" /opt/lodge/spark
# The installer's, which anybody could write to.
rm -f /opt/lodge/venv/.lock
# The packages' own tests: a tenth of the environment.
for package in numpy pandas polars pyarrow pyspark scipy sklearn statsmodels; do
  find "$package" -type d -name tests -prune -exec rm -rf {} +
done
# Headers and static libraries: there is no compiler here.
rm -rf pyarrow/include pyarrow/src
find . -name '*.a' -delete
# Charts draw a glyph that the first family lacks with the next one. In the package's own defaults,
# so that a user's settings come on top of it.
settings=matplotlib/mpl-data/matplotlibrc
sed -i 's/^#* *font\.family: .*/font.family: sans-serif, Noto Sans CJK SC/' "$settings"
grep -q '^font.family: sans-serif, Noto Sans CJK SC$' "$settings"
