# SPDX-License-Identifier: MPL-2.0
# Making DER (X.690), for the scripts that make seeds.
package DER;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = 'element';

# The bytes of an element: its tag, a number of one byte, and what it holds.
sub element {
	my ($tag, $content) = (shift, join '', @_);
	my $length = length $content;
	return pack('CC', $tag, $length) . $content if $length < 128;
	my $bytes = pack('N', $length) =~ s/^\0+//r;
	return pack('CC', $tag, 128 + length $bytes) . $bytes . $content;
}

1;
