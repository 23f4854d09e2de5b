namespace Ballast.Scheduler.Framework;

/// <summary>What plugins work out once for a pod and read for every node; one a scheduling attempt, keyed by the data's type.</summary>
public sealed class CycleState
{
    private readonly Dictionary<Type, ICycleData> _data;

    public CycleState() => _data = [];

    private CycleState(CycleState other)
    {
        _data = other._data.ToDictionary(d => d.Key, d => d.Value.Copy());
        (SkipFilter, SkipScore) = (other.SkipFilter, other.SkipScore);
    }

    /// <summary>Plugins whose Filter has nothing to say about this pod.</summary>
    public HashSet<string> SkipFilter { get; } = [];

    public HashSet<string> SkipScore { get; } = [];

    public void Write<T>(T data) where T : class, ICycleData => _data[typeof(T)] = data;

    /// <exception cref="KeyNotFoundException">It was never written: the plugin's first call was left out.</exception>
    public T Read<T>() where T : class, ICycleData => (T)_data[typeof(T)];

    public T? Find<T>() where T : class, ICycleData => (T?)_data.GetValueOrDefault(typeof(T));

    /// <summary>For a simulation: changes to the clone do not reach this one.</summary>
    public CycleState Clone() => new(this);
}

/// <summary>A plugin's data in the <see cref="CycleState"/>.</summary>
public interface ICycleData
{
    /// <summary>Itself where it never changes after it was written.</summary>
    ICycleData Copy();
}
