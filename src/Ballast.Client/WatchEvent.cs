namespace Ballast.Client;

public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Only the resourceVersion of the object counts: nothing before it is still to come.</summary>
    Bookmark,
}

/// <summary>One change. For <see cref="WatchEventType.Deleted"/> the object is its last state.</summary>
public readonly record struct WatchEvent<T>(WatchEventType Type, T Object);
