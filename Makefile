# Front door. Everything real happens in Meson (C) and tools/ (setup, tests, demo).
BUILD ?= build
PYTHON ?= /usr/bin/python3

.PHONY: all build
all: build

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD)
