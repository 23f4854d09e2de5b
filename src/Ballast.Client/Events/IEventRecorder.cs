using k8s;
using k8s.Models;

namespace Ballast.Client.Events;

/// <summary>Tells people what happened to an object. Never blocks and never fails: events are dropped where they cannot be sent.</summary>
public interface IEventRecorder
{
    /// <param name="about">The object that <c>kubectl describe</c> shows the event with.</param>
    /// <param name="type">One of <see cref="EventType"/>.</param>
    /// <param name="reason">A short word in CamelCase.</param>
    /// <param name="message">A sentence.</param>
    /// <param name="action">What was tried, where the component reports it (the scheduler does).</param>
    void Event(V1ObjectReference about, string type, string reason, string message, string? action = null);
}

/// <summary>The two types of events.</summary>
public static class EventType
{
    public const string Normal = "Normal";
    public const string Warning = "Warning";
}

public static class EventRecorderExtensions
{
    extension(IEventRecorder recorder)
    {
        public void Event(IKubernetesObject<V1ObjectMeta> about, string type, string reason, string message, string? action = null) =>
            recorder.Event(new V1ObjectReference
            {
                ApiVersion = about.ApiVersion,
                Kind = about.Kind,
                Name = about.Metadata.Name,
                NamespaceProperty = about.Metadata.NamespaceProperty,
                Uid = about.Metadata.Uid,
                ResourceVersion = about.Metadata.ResourceVersion,
            }, type, reason, message, action);
    }
}
