"""All shares in one file, out of a Lodge and into one; and whether all their content is there.

An archive is a tar file, so that other tools read it too:

- ``lodge-shares.json``, first: what it is, and by which version of what it was written;
- ``contents/DIGEST``: notebooks, files and pictures, each once, before the first share that names
  it;
- ``shares/ID.json``: the rows of a share, by table and column, whatever tables there are;
- ``end.json``, last: how many of both there are. An archive without it is not whole.
"""
