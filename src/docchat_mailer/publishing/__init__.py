"""The use cases that make things public: plan, publish, build, adopt, hold."""
