using System.Buffers;
using System.Text;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>A protobuf message in the making, of the few wire types OpenAPI's schema needs. Absent values are left out.</summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public void Text(int number, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        Number((uint)(number << 3 | LengthDelimited));
        Number((uint)Encoding.UTF8.GetByteCount(value));
        _ = Encoding.UTF8.GetBytes(value, _bytes);
    }

    public void Texts(int number, IEnumerable<string> values)
    {
        foreach (var value in values)
            Text(number, value);
    }

    public void Flag(int number, bool? value)
    {
        if (value != true)
            return;
        Number((uint)(number << 3 | Varint));
        Number(1);
    }

    public void Message(int number, ProtobufWriter message)
    {
        Number((uint)(number << 3 | LengthDelimited));
        Number((uint)message._bytes.WrittenCount);
        _bytes.Write(message._bytes.WrittenSpan);
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    // Seven bits a byte, the lowest first; the high bit says that more follow.
    private void Number(uint value)
    {
        var span = _bytes.GetSpan(5);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _bytes.Advance(length);
    }
}
