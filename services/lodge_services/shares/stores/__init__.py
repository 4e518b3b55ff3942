"""Where the content of shares is kept: a folder, or a bucket of S3."""
