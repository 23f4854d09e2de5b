using Ballast.ApiMachinery.Quantities;
using k8s.Models;

namespace Ballast.Scheduler.Framework;

/// <summary>Amounts of what a node has and pods take: thousandths of a CPU, bytes, and counts of extended resources.</summary>
public sealed class Resources
{
    public const string Cpu = "cpu", MemoryName = "memory", EphemeralStorageName = "ephemeral-storage", Pods = "pods";

    public long MilliCpu { get; set; }

    public long Memory { get; set; }

    public long EphemeralStorage { get; set; }

    /// <summary>Extended resources and huge pages; null where there are none, as on most pods.</summary>
    public Dictionary<string, long>? Scalars { get; private set; }

    public static Resources From(IDictionary<string, ResourceQuantity>? list)
    {
        var resources = new Resources();
        foreach (var (name, quantity) in list ?? new Dictionary<string, ResourceQuantity>())
            resources[name] = Amount(name, quantity);
        return resources;
    }

    /// <summary>The amount in this type's units.</summary>
    public static long Amount(string name, ResourceQuantity quantity)
    {
        var parsed = Quantity.Parse(quantity.ToString());
        return name == Cpu ? parsed.MilliValue : parsed.Value;
    }

    /// <summary>By the resource's name; what a node counts in <c>pods</c> is not kept here.</summary>
    public long this[string name]
    {
        get => name switch
        {
            Cpu => MilliCpu,
            MemoryName => Memory,
            EphemeralStorageName => EphemeralStorage,
            _ => Scalars?.GetValueOrDefault(name) ?? 0,
        };
        set
        {
            switch (name)
            {
                case Cpu: MilliCpu = value; break;
                case MemoryName: Memory = value; break;
                case EphemeralStorageName: EphemeralStorage = value; break;
                case Pods: break;
                default: (Scalars ??= [])[name] = value; break;
            }
        }
    }

    public bool IsZero => MilliCpu == 0 && Memory == 0 && EphemeralStorage == 0 && Scalars is null or { Count: 0 };

    public void Add(Resources other, int sign = 1)
    {
        MilliCpu += sign * other.MilliCpu;
        Memory += sign * other.Memory;
        EphemeralStorage += sign * other.EphemeralStorage;
        if (other.Scalars is null) return;
        foreach (var (name, amount) in other.Scalars) this[name] += sign * amount;
    }

    /// <summary>Raises each amount to at least <paramref name="other"/>'s.</summary>
    public void RaiseTo(Resources other)
    {
        MilliCpu = Math.Max(MilliCpu, other.MilliCpu);
        Memory = Math.Max(Memory, other.Memory);
        EphemeralStorage = Math.Max(EphemeralStorage, other.EphemeralStorage);
        if (other.Scalars is null) return;
        foreach (var (name, amount) in other.Scalars) this[name] = Math.Max(this[name], amount);
    }

    public Resources Clone()
    {
        var copy = (Resources)MemberwiseClone();
        if (Scalars is not null) copy.Scalars = new(Scalars);
        return copy;
    }
}
