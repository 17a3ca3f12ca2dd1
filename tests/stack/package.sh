#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The package of tools/package, made with the configuration of Debian's kernel for virtual
# machines: a root file system installs it, and its kernel, initramfs and modules boot systemd
# in a guest. There, ip netns works, with a device whose module is loaded.
#
# In: $FULL; skipped without. Out: KTAP, with the guest's lines as diagnostics. Exit status:
# 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

full_only stack/package

GUEST=$TOP/tests/guest/package
DEBIAN_KERNEL=linux-image-cloud-amd64
PACKAGES=systemd-sysv,udev,kmod,iproute2,initramfs-tools,linux-base

# debian_config: the configuration of Debian's kernel, in $DIR/config.
debian_config() {
	local package

	cd "$DIR"
	package=$(apt-cache depends "$DEBIAN_KERNEL" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
	[ "$package" ]
	apt-get -q download "$package"
	dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO --wildcards './boot/config-*' >config
	[ -s config ]
}

package() {
	"$TOP/tools/package" --config-file "$DIR/config" --out "$DIR"
	PACKAGE=$(ls "$DIR"/linux-image-*-netns-core_*.deb)
	[ -f "$PACKAGE" ]
}

# root: $DIR/root.squashfs, with the package installed; its kernel and initramfs.
root() {
	local archive codename

	archive=$(debian_archive)
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016	# mmdebstrap's shell expands $1
	mmdebstrap --variant=minbase --include="$PACKAGES" \
		--customize-hook="echo squashfs >>\"\$1/etc/initramfs-tools/modules\"" \
		--customize-hook="copy-in $GUEST/netns-check /usr/local/bin" \
		--customize-hook="copy-in $GUEST/netns-check.service /etc/systemd/system" \
		--customize-hook='chroot "$1" systemctl enable netns-check.service' \
		--customize-hook="copy-in $(ls "$DIR"/linux-image-*-netns-core_*.deb) /tmp" \
		--customize-hook='chroot "$1" sh -c "dpkg -i /tmp/*.deb && rm /tmp/*.deb"' \
		--customize-hook="copy-out /boot $DIR" \
		"$codename" "$DIR/root.tar" "deb $archive $codename main"
	mksquashfs - "$DIR/root.squashfs" -tar -no-progress <"$DIR/root.tar"
	ls "$DIR"/boot/{vmlinuz,initrd.img}-*-netns-core
}

boots() {
	"$TOP/tools/lib/qemu" --kernel "$DIR"/boot/vmlinuz-*-netns-core \
		--initrd "$DIR"/boot/initrd.img-*-netns-core --drive "$DIR/root.squashfs" \
		--append "root=/dev/vda ro rootfstype=squashfs systemd.volatile=state" \
		--memory 1024 --timeout 900 --log "$DIR/log" || true
	tr -d '\r' <"$DIR/log" >"$DIR/console"
	tail -n 30 "$DIR/console"
	sed -n 's/^netns-check: /# /p' "$DIR/console" >&3
	grep -x 'netns-check: passed' "$DIR/console"
	! "$TOP/tools/lib/bad-line" <"$DIR/console" | grep .
}

exec 3>&1
check debian_has_a_configuration debian_config
check package_builds package
check root_file_system_installs_it root
check systemd_and_ip_netns_run boots
plan
