using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Events;

/// <summary>Events of both groups. Documents come in core's names either way.</summary>
internal sealed class EventStrategy : ResourceStrategy
{
    private readonly bool _newApi;

    /// <param name="newApi">Of events.k8s.io, which asks for more, and for the older fields to be left out.</param>
    /// <param name="timeToLive">How long events are kept.</param>
    public EventStrategy(bool newApi, TimeSpan timeToLive)
    {
        _newApi = newApi;
        TimeToLive = timeToLive;
        AllowCreateOnUpdate = true;
    }

    public override TimeSpan? TimeToLive { get; }

    protected override void Check(Field document)
    {
        CheckNamespace(document);
        if (_newApi)
            CheckNew(document);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        CheckNamespace(document);
        if (!_newApi)
            return;
        foreach (var field in (ReadOnlySpan<string>)["involvedObject", "reason", "message", "count", "type", "eventTime", "action", "related", "reportingComponent", "reportingInstance"])
            document[field].Immutable(old[field]);
    }

    private static void CheckNamespace(Field document)
    {
        var involved = document["involvedObject"]["namespace"];
        var own = document["metadata"]["namespace"].Text;
        if (involved.IsEmpty ? own is not ("" or "default") : involved.Text != own)
            involved.Add(FieldError.Invalid(involved.Path, involved.Text, "does not match event.namespace"));
    }

    private static void CheckNew(Field document)
    {
        document["eventTime"].Required();
        var controller = document["reportingComponent"].At(FieldPath.Of("reportingController"));
        if (controller.Required())
            controller.QualifiedName();
        foreach (var field in (ReadOnlySpan<string>)["reportingInstance", "action", "reason"])
        {
            if (document[field].Required() && document[field].Text.Length > 128)
                document[field].Invalid("can have at most 128 characters");
        }
        if (document["type"].Text is not ("Normal" or "Warning"))
            document.Add(FieldError.Invalid(FieldPath.Of("type"), "", $"has invalid value: {document["type"].Text}"));
        if (document["message"].Text.Length > 1024)
            document.Add(FieldError.Invalid(FieldPath.Of("message"), "", "can have at most 1024 characters"));
        foreach (var field in (ReadOnlySpan<string>)["firstTimestamp", "lastTimestamp", "count", "source"])
        {
            if (!document[field].IsEmpty && document[field].Number != 0)
                document[field].Invalid("needs to be unset");
        }
    }
}
