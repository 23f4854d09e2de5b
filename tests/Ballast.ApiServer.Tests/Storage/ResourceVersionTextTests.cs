using System.Buffers;
using System.Text;
using System.Text.Json;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Tests.Storage;

public sealed class ResourceVersionTextTests
{
    [Theory]
    [InlineData("""{"metadata":{"name":"a"}}""", """{"metadata":{"resourceVersion":"7","name":"a"}}""")]
    [InlineData("""{"metadata":{}}""", """{"metadata":{"resourceVersion":"7"}}""")]
    [InlineData("""{"spec":{"metadata":{"name":"in"}},"metadata":{ "name":"a"},"x":1}""", """{"spec":{"metadata":{"name":"in"}},"metadata":{"resourceVersion":"7", "name":"a"},"x":1}""")]
    [InlineData("{\"note\":\"\\\"metadata\\\":{\",\"metadata\":{\"name\":\"a\"}}\n", "{\"note\":\"\\\"metadata\\\":{\",\"metadata\":{\"resourceVersion\":\"7\",\"name\":\"a\"}}")]
    public void Goes_into_the_objects_own_metadata(string stored, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(ResourceVersionText.Insert(Encoding.UTF8.GetBytes(stored), 7)));

    [Theory]
    [InlineData("""{"metadata":{"name":"a"},"b":1}""")]
    [InlineData("""{"metadata":{}}""")]
    public void Is_replaced_in_place(string stored)
    {
        var bytes = Encoding.UTF8.GetBytes(stored);
        var replaced = ResourceVersionText.Replace(ResourceVersionText.Insert(bytes, 9), 12345);
        Assert.Equal(Encoding.UTF8.GetString(ResourceVersionText.Insert(bytes, 12345)), Encoding.UTF8.GetString(replaced));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"kind":"Pod"}""")]
    [InlineData("""{"metadata":"no"}""")]
    public void What_has_no_metadata_is_refused(string stored) =>
        Assert.ThrowsAny<JsonException>(() => ResourceVersionText.Insert(Encoding.UTF8.GetBytes(stored), 7));

    [Fact]
    public void A_watch_event_is_written_without_encoding_or_allocating()
    {
        var found = new StoredObject("a", 7, Encoding.UTF8.GetBytes("""{"metadata":{}}"""));
        var output = new ArrayBufferWriter<byte>(1000);
        new WatchEvent(WatchEventType.Modified, found, 7).WriteTo(output);
        Assert.Equal("{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{}}}\n", Encoding.UTF8.GetString(output.WrittenSpan));

        var before = GC.GetAllocatedBytesForCurrentThread();
        new WatchEvent(WatchEventType.Added, found, 7).WriteTo(output);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
