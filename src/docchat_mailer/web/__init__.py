"""The door for readers: pages and feeds as files, and the pages by which people come, choose and leave."""
