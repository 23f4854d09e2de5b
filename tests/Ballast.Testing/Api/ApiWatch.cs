using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.Testing.Api;

/// <summary>One open watch: turns writes into the events that its selector sees.</summary>
internal sealed class ApiWatch(GroupResource resource, Func<JsonObject, bool> matches, bool metadataOnly)
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));

    public Stream Body => _pipe.Reader.AsStream();

    public void Offer(ApiChange change)
    {
        if (change.Resource != resource)
            return;
        var before = change.Before is not null && matches(change.Before);
        var after = !change.IsDeletion && matches(change.After);
        var type = (before, after) switch
        {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            _ => null,
        };
        if (type is not null)
            Send(type, change.After);
    }

    public void Send(string type, JsonObject item)
    {
        var line = new JsonObject { ["type"] = type, ["object"] = metadataOnly ? InMemoryApiServer.MetadataOf(item) : item.DeepClone() }.ToJsonString() + "\n";
        _pipe.Writer.Write(Encoding.UTF8.GetBytes(line));
        _ = _pipe.Writer.FlushAsync().AsTask();
    }

    /// <summary>Ends the body: cleanly, or as a connection that broke.</summary>
    public void End(Exception? error = null) => _pipe.Writer.Complete(error);
}
