"""From the folder of posts to series, parts and bodies: files are read here and never written."""
