namespace Ballast.Scheduler.Framework;

public enum StatusCode
{
    /// <summary>Something broke; the pod is tried again after a backoff.</summary>
    Error,

    /// <summary>The pod does not fit now; taking other pods away might help.</summary>
    Unschedulable,

    /// <summary>The pod does not fit, and taking pods away would not change it.</summary>
    UnschedulableAndUnresolvable,

    /// <summary>The plugin has nothing to say about this pod: its later calls for it are left out.</summary>
    Skip,
}

/// <summary>Why a plugin said no; null stands for success. Statuses without details are made once and shared.</summary>
public sealed record Status(StatusCode Code, string Plugin, params IReadOnlyList<string> Reasons)
{
    public string Message => string.Join(", ", Reasons);

    public bool IsRejected => Code is StatusCode.Unschedulable or StatusCode.UnschedulableAndUnresolvable;

    public static Status Unschedulable(string plugin, params string[] reasons) => new(StatusCode.Unschedulable, plugin, reasons);

    public static Status Unresolvable(string plugin, params string[] reasons) => new(StatusCode.UnschedulableAndUnresolvable, plugin, reasons);

    public static Status Skip { get; } = new(StatusCode.Skip, "");
}
