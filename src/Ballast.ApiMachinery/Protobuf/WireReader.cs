using System.Buffers.Binary;
using System.Text;

namespace Ballast.ApiMachinery.Protobuf;

/// <summary>Reads protobuf's wire format, field by field.</summary>
/// <exception cref="FormatException">From every member: the bytes are not that.</exception>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private ReadOnlySpan<byte> _rest = bytes;

    public int Number { get; private set; }

    /// <summary>0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.</summary>
    public int WireType { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>False at the end.</summary>
    public bool ReadTag()
    {
        if (_rest.IsEmpty)
            return false;
        var tag = ReadVarint();
        (Number, WireType) = ((int)(tag >> 3), (int)(tag & 7));
        return Number > 0 ? true : throw new FormatException("protobuf: illegal tag 0");
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty)
                throw new FormatException("protobuf: unexpected EOF");
            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw new FormatException("protobuf: integer overflow");
    }

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public ReadOnlySpan<byte> ReadBytes()
    {
        if (WireType != 2)
            throw new FormatException($"protobuf: wrong wireType = {WireType} for field {Number}");
        var length = ReadVarint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw new FormatException("protobuf: unexpected EOF");
    }

    public string ReadText()
    {
        try
        {
            return Utf8.GetString(ReadBytes());
        }
        catch (DecoderFallbackException invalid)
        {
            throw new FormatException("protobuf: invalid UTF-8", invalid);
        }
    }

    public void Skip()
    {
        switch (WireType)
        {
            case 0: ReadVarint(); break;
            case 1: Take(8); break;
            case 2: ReadBytes(); break;
            case 5: Take(4); break;
            default: throw new FormatException($"protobuf: illegal wireType {WireType}");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new FormatException("protobuf: unexpected EOF");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
