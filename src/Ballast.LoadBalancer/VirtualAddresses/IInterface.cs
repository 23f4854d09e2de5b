namespace Ballast.LoadBalancer.VirtualAddresses;

/// <summary>The interface that a virtual address is put on. Each call may be made again.</summary>
internal interface IInterface
{
    /// <summary>Puts the address there, or has it stay for longer. It goes by itself when the time is over, also where nobody is left to take it away.</summary>
    /// <exception cref="TimeoutException">It took too long, and was given up.</exception>
    Task KeepAsync(TimeSpan lifetime, CancellationToken cancel);

    /// <summary>Takes the address away; nothing where it is not there.</summary>
    /// <exception cref="TimeoutException">It took too long, and was given up.</exception>
    Task RemoveAsync(CancellationToken cancel);

    /// <summary>Tells the neighbours that the address is here now.</summary>
    void Announce();
}
